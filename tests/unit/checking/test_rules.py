"""The rules of `pyst check`, over a corpus whose comments say what is to be found: `# expect: C001 error`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.checking.distributions import COMES_WITH, DIFFERENT, SAME, USED_BY, brings, distribution_of
from pyst.checking.finding import LEVELS
from pyst.checking.rules import RULES, check
from pyst.checking.subject import Facts
from pyst.scripts.requirements import normalized_name

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "check").glob("*.py"))
EXAMPLES = sorted((Path(__file__).parents[3] / "examples").rglob("*.py"))
EXPECTED = re.compile(r"# expect(-above)?: ((?:C\d+ \w+(?:, )?)+)")


def expected(text: str) -> Counter[tuple[int, str, str]]:
    """What the comments of a corpus script ask for: line, code, level."""
    found: Counter[tuple[int, str, str]] = Counter()
    for number, line in enumerate(text.split("\n"), 1):
        for above, each in EXPECTED.findall(line):
            for one in each.split(", "):
                code, level = one.split()
                found[number - bool(above), code, level] += 1
    return found


def findings(text: str, **facts: object) -> list[tuple[int, str, str]]:
    checked = check(text.encode(), Facts(**{"path": "/x/script.py", **facts}))  # type: ignore[arg-type]
    return [(each.line, each.rule.code, each.severity) for each in checked.findings]


def codes(text: str, **facts: object) -> list[str]:
    return [code for _, code, _ in findings(text, **facts)]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_exactly_what_the_comments_say_is_found(path: Path) -> None:
    text = path.read_text()
    assert Counter(findings(text)) == expected(text)


def test_every_rule_is_found_somewhere_in_the_corpus() -> None:
    said = {code for path in CORPUS for _, code, _ in expected(path.read_text())}
    elsewhere = {"C103"}  # about the file, not its text: below
    assert said | elsewhere == {rule.code for rule in RULES}


def test_the_page_tells_of_every_rule() -> None:
    page = (Path(__file__).parents[3] / "docs" / "check.md").read_text()
    rows = [f"| `{each.code}` | {each.name} | {each.level} | {each.summary} {each.reason} |" for each in RULES]
    assert page[page.index("| `C001`") :].strip().split("\n") == rows


def test_rules_are_distinct_and_described() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"C\d{3}", rule.code)
        assert rule.level in LEVELS
        assert rule.summary.endswith(".")
        assert rule.reason.endswith(".")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_have_neither_errors_nor_warnings(path: Path) -> None:
    locked = frozenset[str]() if path.with_name(path.name + ".lock").exists() else None
    neighbours = frozenset(each.stem for each in path.parent.glob("*.py"))
    found = findings(path.read_text(), locked=locked, neighbours=neighbours)
    grave = [each for each in found if each[2] != "info"]
    assert grave == []


def test_a_module_beside_the_script_is_declared_by_lying_there() -> None:
    text = '"""Use what lies beside it."""\nimport helper\nprint(helper)\n'
    assert codes(text) == ["C003"]
    assert codes(text, neighbours=frozenset({"helper"})) == []


def test_in_a_project_its_requirements_count_instead_of_a_block() -> None:
    text = '"""Belong to a project."""\nimport yaml, rich, ours\nprint(yaml, rich, ours)\n'
    assert codes(text, project=frozenset({"pyyaml", "rich", "ours"})) == []
    assert findings(text, project=frozenset({"rich", "ours"})) == [(2, "C001", "error")]


def test_what_only_the_lock_brings_is_a_warning_and_a_lock_bounds_all() -> None:
    block = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["a-thing"]\n# ///\n'
    text = block + '"""Lean on another package\'s needs."""\nimport a_thing, other\nprint(a_thing, other)\n'
    assert findings(text) == [(3, "C007", "info"), (6, "C001", "error")]
    assert findings(text, locked=frozenset({"a-thing", "other"})) == [(6, "C001", "warning")]


def test_a_changed_search_path_makes_an_undeclared_import_less_certain() -> None:
    text = '"""Look elsewhere."""\nimport sys\nsys.path.insert(0, "lib")\nimport helper\nprint(helper)\n'
    assert findings(text) == [(4, "C003", "warning")]


@pytest.mark.parametrize(
    ("path", "is_executable", "source", "levels"),
    [
        ("/x/tool", True, b"#!/usr/bin/env -S pyst run\nprint(1)\n", []),
        ("/x/tool", False, b"#!/usr/bin/env -S pyst run\nprint(1)\n", ["warning"]),
        ("/x/tool", True, b"print(1)\n", ["warning"]),
        ("/x/tool", True, b"#!/usr/bin/env python3\r\nprint(1)\r\n", ["error"]),
        ("/x/tool.py", True, b"print(1)\n", ["warning"]),
        ("/x/tool.py", False, b"print(1)\n", []),
        ("/x/tool.py", True, b"\xef\xbb\xbf#!/usr/bin/env python3\nprint(1)\n", ["warning"]),
        ("/x/tool.py", True, b"#!/bin/sh\nprint(1)\n", ["warning"]),
        (
            "/x/tool.py",
            True,
            b'#!/usr/bin/env python3\n# /// script\n# dependencies = ["rich"]\n# ///\nimport rich\n',
            ["info"],
        ),
    ],
)
def test_the_first_line_and_the_mode(path: str, is_executable: bool, source: bytes, levels: list[str]) -> None:
    checked = check(source, Facts(path=path, is_executable=is_executable))
    assert [each.severity for each in checked.findings if each.rule.code == "C103"] == levels


def test_columns_count_characters() -> None:
    checked = check('"""Say ä and 💥."""\nä = "💥"; name = input("?")\n'.encode(), Facts())
    assert [(each.line, each.column) for each in checked.findings] == [(2, 17)]


def test_what_comments_silence_is_counted() -> None:
    checked = check(b'"""Ask, and admit it."""\ninput("?")  # pyst: ignore[C201]\n', Facts())
    assert checked == ((), 1)


def test_newer_syntax_than_ours_is_no_error_of_a_script_that_asks_for_a_newer_python() -> None:
    block = '# /// script\n# requires-python = ">=3.29"\n# ///\n'
    assert findings(block + '"""Be new."""\nnew syntax here\n') == [(5, "C101", "warning")]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="older Pythons can't parse it")
def test_syntax_of_python_3_12_is_told_where_the_block_lets_in_older_ones() -> None:
    text = """\
# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
'''Use newer things.'''
type Number = int
d = {"a": 1}
print(f"{d['a']}", f'{"x"}', f"{d["a"]}")
"""
    assert findings(text) == [(6, "C005", "error"), (8, "C005", "error")]
    assert findings(text.replace("3.11", "3.12")) == []


@pytest.mark.parametrize(
    ("distribution", "module", "members"),
    [
        ("pyyaml", "yaml", ()),
        ("opencv-python-headless", "cv2", ()),
        ("google-cloud-storage", "google.cloud", ("storage",)),
        ("psycopg2", "psycopg2", ()),
        ("psycopg2-binary", "psycopg2", ()),
        ("beautifulsoup4", "bs4", ()),
        ("markdown-it-py", "markdown_it", ()),
        ("python-frontmatter", "frontmatter", ()),
        ("legacy-cgi", "cgi", ()),
        ("zope-interface", "zope.interface", ()),
    ],
)
def test_distributions_bring_their_modules(distribution: str, module: str, members: tuple[str, ...]) -> None:
    assert brings(distribution, module, members)


@pytest.mark.parametrize(
    ("distribution", "module"),
    [
        ("types-requests", "requests"),
        ("requests-cache", "requests"),
        ("ruamel-yaml", "yaml"),
        ("requests", "request"),
        ("rich", "richer"),
        ("numpy", "pandas"),
        ("a", "b"),
    ],
)
def test_distributions_bring_nothing_else(distribution: str, module: str) -> None:
    assert not brings(distribution, module)


def test_the_tables_are_in_normalized_form() -> None:
    for name in (
        *DIFFERENT.values(),
        *USED_BY,
        *(host for hosts in (*USED_BY.values(), *COMES_WITH.values()) for host in hosts),
    ):
        assert name == normalized_name(name)
    for name in SAME:
        assert distribution_of(name) == (normalized_name(name), True)


HOSTILE = {
    "null": b"print(1)\0",
    "empty": b"",
    "only a mark": b"# /// script",
    "not utf-8": b"\xff\xfe\x00",
    "cookie without encoding": b"# coding: nonsense\nprint(1)\n",
    "deep": b"x = " + b"(" * 5000 + b")" * 5000,
    "deep calls": b"f" + b"()" * 20000,
    "deep additions": b"x = " + b"+".join([b"1"] * 20000),
    "deep ifs": b"".join(b" " * n + b"if 1:\n" for n in range(99)) + b" " * 99 + b"pass\n",
    "long line": b"x = '" + b"a" * 1_000_000 + b"'\n",
    "huge integer": b"import sys\nsys.exit(" + b"9" * 4000 + b")\n",
    "many blocks": b"# /// script\n# a = 1\n# ///\n\n" * 500,
    "many bidi marks": ("# \u202e" * 20000).encode(),
    "surrogate": b"x = '\\ud800'\n# \xed\xa0\x80\n",
    "carriage returns": b"# /// script\r# ///\rprint(1)\r",
    "form feeds": b"\x0c\x0cimport x\x0c\n",
    "block of nulls": b'# /// script\n# dependencies = ["\\u0000"]\n# ///\n',
    "strange requirement": b'# /// script\n# dependencies = ["", " ", "[", "a[b", "a @ ", "-", "\\u202e"]\n# ///\n',
    "wrong specifier": b'# /// script\n# requires-python = "~=3"\n# ///\n',
    "unending requirement": b'# /// script\n# dependencies = ["' + b"a" * 100_000 + b'"]\n# ///\n',
    "escape in a name": "import ｒｅｑｕｅｓｔｓ\n".encode(),
    "many ignores": b"x = 1  # pyst: ignore[" + b"C001," * 10000 + b"]\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_source_is_too_strange(name: str) -> None:
    for each in check(HOSTILE[name], Facts()).findings:
        each.to_json()


FRAGMENTS = st.sampled_from(
    """
    import|from|x|.|*|yaml|try:|except ImportError:|except:|pass|\n|    |if|TYPE_CHECKING|def main(|a=[]|):|input()|
    exit()|sys.exit(|256|)|match x:|case|:=|# /// script|# ///|# dependencies = ["yaml"]|# requires-python = ">=3.8"|
    # pyst: ignore[|C001|]|'|"|f"{x}"|\u202e|\r|\t|\\|lambda|async|await|class A[T]:|type X = int|print(|open(x).read()
    """.strip()
    .replace("\n    ", "")
    .split("|")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS, max_size=40).map(" ".join))
def test_no_text_made_of_these_pieces_breaks_a_rule(text: str) -> None:
    for each in check(text.encode("utf-8", "surrogatepass"), Facts()).findings:
        assert 0 <= each.line <= text.count("\n") + text.count("\r") + 2


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_a_rule(source: bytes) -> None:
    check(source, Facts())
