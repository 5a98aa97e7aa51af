"""Reading scripts without running them: how they start, what they say of themselves, and hostile ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.scripts.introspect import (
    Unparsable,
    check_syntax,
    entry_of,
    read_interface,
    read_summary,
)
from pyst.scripts.script import Broken

MAIN = "def main(x: int):\n    pass\n"


@pytest.mark.parametrize(
    ("source", "calls", "is_async"),
    [
        (MAIN, True, False),
        ("async " + MAIN, True, True),
        ("def  \\\n main():\n  pass\n", True, False),
        (MAIN + "if __name__ == '__main__':\n    main(1)\n", False, False),
        (MAIN + "if __name__ == '__main__':\n    raise SystemExit(main(1))\n", False, False),
        (MAIN + "if '__main__' == __name__:\n    cli()\n", False, False),
        (MAIN + "if __name__ == '__main__':\n    pass\n", True, False),
        (MAIN + "main(1)\n", False, False),
        (MAIN + "import asyncio\nasyncio.run(main(1))\n", False, False),
        (MAIN + "import anyio\nanyio.run(main)\n", False, False),
        (MAIN + "import sys\nsys.exit(main(1))\n", False, False),
        (MAIN + "try:\n    main(1)\nfinally:\n    pass\n", False, False),
        (MAIN + "def other():\n    main(1)\n", True, False),
        ("class A:\n    def main(self):\n        pass\n", False, False),
        ("if True:\n    def main():\n        pass\n", False, False),
        ("text = '''\ndef main():\n    pass\n'''\n", False, False),
        ("import click\n" + MAIN, True, False),
        ("import click\n@click.command()\n" + MAIN, False, False),
        ("import argparse\ndef main():\n    argparse.ArgumentParser().parse_args()\n", False, False),
        ("from typer import Typer as T\napp = T()\n" + MAIN, False, False),
        ("import fire\nfire.Fire()\n" + MAIN, False, False),
        ("import cyclopts\ncyclopts.run(main)\n" + MAIN, False, False),
        ("print(1)\n", False, False),
    ],
)
def test_whether_pyst_calls_main(source: str, calls: bool, is_async: bool) -> None:
    entry = entry_of(source.encode(), "x.py")
    assert (entry.calls_main, entry.is_async) == (calls, is_async)
    interface = read_interface(source.encode(), "x.py")
    assert (interface.framework == "function") is calls
    assert interface.is_async is is_async
    summary = read_summary(source.encode(), "x.py")
    assert summary.broken is None
    if "text =" not in source:  # the summary's label is read from the text, where a string may look like code
        assert (summary.framework, summary.entry) == (interface.framework, interface.entry)


def test_the_entry_is_the_first_that_holds() -> None:
    block = "# /// script\n# dependencies = []\n# ///\n"
    typer = "import typer\napp = typer.Typer()\n"
    for head, entry in ((block + typer, "block"), (typer, "framework"), ("", "main")):
        source = (head + MAIN).encode()
        assert read_interface(source, "x").entry == entry
        assert read_summary(source, "x").entry == entry
    assert read_interface(b"print(1)\n", "x").entry == "none"


def test_a_wrong_block_is_told_where_the_script_is_run() -> None:
    source = b"# /// script\n# dependencies = 1\n# ///\n"
    with pytest.raises(Failure):
        entry_of(source, "x")
    assert read_summary(source, "x").entry == "block"
    assert read_interface(source, "x").entry == "block"


def refusal(read: Callable[[bytes, str], object], source: bytes) -> Broken | None:
    """Why `read` refuses `source`, or None where it reads it."""
    try:
        read(source, "x.py")
    except Unparsable as unparsable:
        return unparsable.broken
    return None


def doubling(first: str, step: str, rounds: int = 60) -> bytes:
    """Lines of which each uses the name of the one before it twice."""
    lines = [f"n0 = {first}", *(step.format(this=f"n{at + 1}", last=f"n{at}") for at in range(rounds))]
    return ("\n".join(lines) + "\n").encode()


HOSTILE = {
    "doubling text": doubling("'x'", "{this} = {last} + {last}") + b"def main(x=n38): pass\n",
    "doubling lists": doubling("['x']", "{this} = [*{last}, *{last}]") + b"def main(x=n38): pass\n",
    "doubling formats": doubling("'x'", "{this} = f'{{{last}}}{{{last}}}'") + b"def main(x=n38): pass\n",
    "doubling types": doubling("int", "{this} = {last} | {last}") + b"def main(x: n38): pass\n",
    "growing text": doubling("'x'", "{this} = {last}.replace('x', 'xxxxxxxx')") + b"def main(x=n30): pass\n",
    "a group in itself": b"import click\n@click.group()\ndef g(): pass\n" + b"g.add_command(g, 'x')\n" * 50 + b"g()\n",
    "an app in itself": b"import typer\na = typer.Typer()\n"
    + b"".join(b"a.add_typer(a, name='%d')\n" % n for n in range(50)),
    "names in themselves": b"import fire\na = {'x': a, 'y': a, 'z': a}\nfire.Fire(a)\n",
    "parsers that double": b"import argparse\nP = argparse.ArgumentParser\np = P()\np.add_argument('x')\n"
    + b"p = P(parents=[p, p])\n" * 60
    + b"p.parse_args()\n",
    "calls that double": b"import argparse\n"
    + b"".join(b"def f%d(p): f%d(p); f%d(p)\n" % (n, n + 1, n + 1) for n in range(40))
    + b"p = argparse.ArgumentParser()\nf0(p)\np.parse_args()\n",
    "loops in loops": b"import argparse\np = argparse.ArgumentParser()\n"
    + b"".join(b" " * n + b"for n%d in [1, 2, 3, 4, 5, 6, 7, 8, 9]:\n" % n for n in range(15))
    + b" " * 15
    + b"p.add_argument('--x')\np.parse_args()\n",
    "parentheses": b"(" * 1_000_000,
    "closed parentheses": b"(" * 500_000 + b")" * 500_000,
    "minus": b"-" * 1_000_000 + b"1",
    "attributes": b"x" + b".a" * 400_000,
    "sums": b"a" + b"+a" * 100_000,
    "decorators": b"@a\n" * 50_000 + b"def main(): pass\n",
    "nested calls": b"main(" * 90 + b")" * 90,
    "not UTF-8": b"def main():\n    '\xff'\n",
    "unknown encoding": b"# coding: klingon\ndef main(): pass\n",
    "no text encoding": b"# coding: hex\ndef main(): pass\n",
    "undecodable cookie": b"# coding: utf-16\ndef main(): pass\n\n",
    "null byte": b"def main():\n    pass\n\0",
    "escaped surrogate": b"def main(x='\\ud800'): '''\\udfff'''\n",
    "long number": b"def main(x=1" + b"0" * 6000 + b"): pass\n",
    "huge product": b"def main(x=9**9**9**9, y='a' * 10**12, z=[0] * 10**12): pass\n",
    "named escape": b"'\\N{no such name}'\ndef main(): pass\n",
    "many ifs": b"def main(): pass\n" + b"".join(b" " * n + b"if x:\n" for n in range(99)) + b" " * 99 + b"main()\n",
    "self reference": b"a = b\nb = a\ndef main(x=a, y: b = [b]): pass\n",
    "half a file": b"def main(",
    "tabs": b"def main():\n\tif x:\n        pass\n",
    "only a mark": b"\xef\xbb\xbf",
    "terminal codes": b"'''\x1b]0;pwned\x07'''\ndef main(): pass\n",
    "deep annotation": b"def main(x: " + b"list[" * 150 + b"int" + b"]" * 150 + b"): pass\n",
    "long boolean": b"def main(x=" + b" or ".join([b"1"] * 50_000) + b"): pass\n",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_scripts_are_read_or_refused(source: bytes) -> None:
    readers: list[Callable[[bytes, str], object]] = [read_interface, entry_of, read_summary]
    for read in readers:
        broken = refusal(read, source)
        assert broken is None or broken.code in ("E_SYNTAX", "E_ENCODING")
    check_syntax(source)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(source: bytes) -> None:
    readers: list[Callable[[bytes, str], object]] = [read_interface, read_summary]
    for read in readers:
        refusal(read, source)


@given(st.text(max_size=200))
def test_the_cheap_check_agrees_with_the_parser(text: str) -> None:
    source = text.encode("utf-8", "surrogatepass")
    assert check_syntax(source) == refusal(read_interface, source)


def test_a_broken_script_says_why_and_where() -> None:
    summary = read_summary(b'"""Fine so far."""\n\nx = (\n', "x.py")
    assert summary.summary == "Fine so far."
    assert summary.broken is not None
    assert (summary.broken.code, summary.broken.line) == ("E_SYNTAX", 3)
    with pytest.raises(Unparsable) as caught:
        read_interface(b"x = 1\n\xff\n", "x.py")
    assert (caught.value.broken.code, caught.value.broken.line) == ("E_ENCODING", 2)


def test_warnings_of_the_compiler_are_not_shown(recwarn: pytest.WarningsRecorder) -> None:
    read_interface(b'"\\d"\nx is 1\n', "x.py")
    check_syntax(b'"\\d"\n')
    assert not recwarn.list


@pytest.mark.parametrize(
    ("source", "summary"),
    [
        ('"""One line."""\n', "One line."),
        ("#!/x\n# note\n\n'''Two\nlines.\n\nMore.\n'''\n", "Two lines."),
        ('r"""A \\d."""\n', "A \\d."),
        ('"tab\\tand \\x41"\n', "tab and A"),
        ('"""Say "hi" and "" too."""\n', 'Say "hi" and "" too.'),
        ('"a" "b"\n', "ab"),
        ('"""Not first."""[0]\n', ""),
        ("x = 1\n'''Late.'''\n", ""),
        ('f"""No."""\n', ""),
        ("def main():\n    '''Of main.'''\n", "Of main."),
        ("import click\n@click.command()\ndef go():\n    '''Of go.'''\n", "Of go."),
        ("", ""),
    ],
)
def test_summaries_cheap_and_full_agree(source: str, summary: str) -> None:
    cheap = read_summary(source.encode(), "x").summary
    full = read_interface(source.encode(), "x").summary
    assert full == summary
    assert cheap == (summary if source != '"a" "b"\n' else "")


def test_nothing_is_imported_that_takes_long() -> None:
    code = (
        "import sys; before = set(sys.modules); from pyst.scripts.introspect import entry_of;"
        "entry_of(b'def main(): pass', 'x'); print(*(set(sys.modules) - before))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {SRC!r}); {code}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "pyst.scripts.introspect" in ran.stdout.split()
    assert not {"ast", "inspect", "json", "tomllib", "pathlib", "subprocess"} & set(ran.stdout.split())


SRC = __import__("pyst").__path__[0].removesuffix("/pyst")


def test_the_docstring_of_the_file_stands_for_one_that_main_lacks() -> None:
    head = b'"""Find.\n\nArgs:\n    folder: where to look\n    limit: how many\n"""\nfrom typing import Annotated\n'
    found = read_interface(head + b'def main(folder, limit: Annotated[int, "at most"] = 3): ...\n', "x.py")
    assert [each.help for each in found.parameters] == ["where to look", "at most"]
    own = read_interface(head + b'def main(folder):\n    """Find."""\n', "x.py")
    assert [each.help for each in own.parameters] == [None]
