"""Function scripts in real children: the command line convention, results, errors, and fidelity to `python`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pexpect
import pytest

from tests.support import interpreters

CALL = Path(__file__).parents[2] / "src" / "pyst" / "inside" / "call.py"
PYTHONS = [pytest.param(path, id="{}.{}".format(*interpreters.version_of(path))) for path in interpreters.under_test()]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class Script(NamedTuple):
    """A script file, to be run by `call.py` or by Python itself."""

    python: str
    path: Path
    environ: dict[str, str]

    def __call__(self, *words: str, flags: tuple[str, ...] = (), **environ: str) -> Ended:
        return self._run([self.python, *flags, str(CALL), str(self.path), *words], environ)

    def bare(self, *words: str, flags: tuple[str, ...] = (), **environ: str) -> Ended:
        return self._run([self.python, *flags, str(self.path), *words], environ)

    def _run(self, argv: list[str], environ: dict[str, str]) -> Ended:
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            env={**self.environ, **environ},
            cwd=self.path.parent,
            timeout=60,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


Make = Callable[..., Script]


@pytest.fixture(params=PYTHONS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """`make(source)` writes a script for the interpreter under test."""

    def write(source: str, name: str = "hello.py") -> Script:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
        }
        return Script(request.param, path, environ)

    return write


SHOW = """
    def main{signature}:
        got = dict(locals())
        print(repr(got))
    """


# The command line


CASES: list[tuple[str, str, list[str], str]] = [
    ("", "(name)", ["Ada"], "{'name': 'Ada'}"),
    ("", "(name)", ["--name", "Ada"], "{'name': 'Ada'}"),
    ("", "(name)", ["--name=Ada"], "{'name': 'Ada'}"),
    ("", "(name)", ["name=Ada"], "{'name': 'Ada'}"),
    ("", "(name)", ["name=a=b"], "{'name': 'a=b'}"),
    ("", "(name)", ["other=Ada"], "{'name': 'other=Ada'}"),
    ("", "(name)", ["--", "name=Ada"], "{'name': 'name=Ada'}"),
    ("", "(name)", ["--", "--name"], "{'name': '--name'}"),
    ("", "(name)", ["--name=--help"], "{'name': '--help'}"),
    ("", "(name)", ["-"], "{'name': '-'}"),
    ("", "(name)", [""], "{'name': ''}"),
    ("", "(name, count: int = 1)", ["Ada"], "{'name': 'Ada', 'count': 1}"),
    ("", "(name, count: int = 1)", ["Ada", "--count", "3"], "{'name': 'Ada', 'count': 3}"),
    ("", "(name, count: int = 1)", ["--count", "3", "Ada"], "{'name': 'Ada', 'count': 3}"),
    ("", "(name, count: int = 1)", ["Ada", "3"], "{'name': 'Ada', 'count': 3}"),
    ("", "(name, count: int = 1)", ["count=2", "--count", "3", "Ada"], "{'name': 'Ada', 'count': 3}"),
    ("", "(n: int)", ["-5"], "{'n': -5}"),
    ("", "(n: float)", ["-.5e3"], "{'n': -500.0}"),
    ("", "(n: float)", ["-inf"], "{'n': -inf}"),
    ("", "(n: int = 0)", ["--n", "-5"], "{'n': -5}"),
    ("", "(n: str = '')", ["--n", "-x"], "{'n': '-x'}"),
    ("", "(n: int)", ["0x_ff"], "{'n': 255}"),
    ("", "(n: int)", ["1_000"], "{'n': 1000}"),
    ("", "(n: int)", ["007"], "{'n': 7}"),
    ("", "(dry_run: bool = False)", ["--dry-run"], "{'dry_run': True}"),
    ("", "(dry_run: bool = False)", ["--dry_run"], "{'dry_run': True}"),
    ("", "(dry_run: bool = True)", ["--no-dry-run"], "{'dry_run': False}"),
    ("", "(dry_run: bool = True)", ["dry-run=no"], "{'dry_run': False}"),
    ("", "(flag: bool)", ["--flag=1"], "{'flag': True}"),
    ("", "(flag: bool)", ["no"], "{'flag': False}"),
    ("", "(flag=False)", ["--flag"], "{'flag': True}"),
    ("", "(from_: str = '')", ["--from", "x"], "{'from_': 'x'}"),
    ("", "(a, /, b='1', *, c)", ["x", "--c", "3", "--b=2"], "{'a': 'x', 'b': '2', 'c': '3'}"),
    ("", "(a, /)", ["a=x"], "{'a': 'x'}"),
    ("", "(a, *rest: int, b=1)", ["x", "1", "2", "--b", "3"], "{'a': 'x', 'b': 3, 'rest': (1, 2)}"),
    ("", "(a='d', *rest)", ["x", "y"], "{'a': 'd', 'rest': ('x', 'y')}"),
    ("", "(**more: int)", ["--x", "1", "y=2", "--z-a=3"], "{'more': {'x': 1, 'y': 2, 'z_a': 3}}"),
    ("", "(n=1)", ["--n", "2"], "{'n': 2}"),
    ("", "(n=1.5)", ["--n", "2"], "{'n': 2.0}"),
    ("", "(n=None)", ["--n", "2"], "{'n': '2'}"),
    ("", "(n=(1, 2))", ["n=3", "n=4"], "{'n': (3, 4)}"),
    ("from typing import *", "(x: List[int])", ["1", "2"], "{'x': [1, 2]}"),
    ("from typing import *", "(x: List[int])", ["--x", "1", "--x=2"], "{'x': [1, 2]}"),
    ("from typing import *", "(x: List[int], y: str)", ["1", "2", "z"], "{'x': [1, 2], 'y': 'z'}"),
    ("from typing import *", "(x: List[int] = [])", ["x=1", "--x", "2"], "{'x': [1, 2]}"),
    ("from typing import *", "(x: Optional[Set[int]] = None)", ["--x", "2"], "{'x': {2}}"),
    ("from typing import *", "(x: FrozenSet[str])", ["a"], "{'x': frozenset({'a'})}"),
    ("from typing import *", "(x: Sequence[float])", ["1"], "{'x': [1.0]}"),
    ("from typing import *", "(x: List[List[int]])", ["1,2", "3"], "{'x': [[1, 2], [3]]}"),
    ("from typing import *", "(x: Union[str, bytes])", ["a"], "{'x': 'a'}"),
    ("from typing import *", "(x: Optional[bool] = None)", ["--no-x"], "{'x': False}"),
    ("from typing import *", "(x: Iterable)", ["1"], "{'x': ['1']}"),
    ("from typing import *", "(x: Tuple[int, str], y: str)", ["1", "a", "b"], "{'x': (1, 'a'), 'y': 'b'}"),
    ("from typing import *", "(x: Tuple[int, str] = (0, ''))", ["--x", "1", "a"], "{'x': (1, 'a')}"),
    ("from typing import *", "(x: Tuple[int, str] = (0, ''))", ["x=1,a"], "{'x': (1, 'a')}"),
    ("from typing import *", "(x: Tuple[int, ...] = ())", ["--x", "1", "--x", "2"], "{'x': (1, 2)}"),
    ("from typing import *", "(x: Dict[str, int] = {})", ["--x", "a=1", "x=b=2"], "{'x': {'a': 1, 'b': 2}}"),
    ("from typing import *", "(x: Dict[str, Any])", ['{"a": [1]}'], "{'x': {'a': [1]}}"),
    ("from typing import *", "(x: Union[int, float, str])", ["1.5"], "{'x': 1.5}"),
    ("from typing import *", "(x: Union[str, int])", ["1"], "{'x': 1}"),
    ("from typing import *", "(x: Union[str, int])", ["one"], "{'x': 'one'}"),
    ("from typing import *", "(x: Union[str, List[str]] = '')", ["--x=a", "--x=b"], "{'x': ['a', 'b']}"),
    ("from typing import *", "(x: Union[str, List[str]] = '')", ["--x=a"], "{'x': 'a'}"),
    ("from typing import *", "(x: Literal['a', 2])", ["2"], "{'x': 2}"),
    ("from typing import *", "(x: Literal['a', 'b'])", ["B"], "{'x': 'b'}"),
    ("from typing import *; I = NewType('I', int)", "(x: I)", ["2"], "{'x': 2}"),
    ("from typing import *; T = TypeVar('T', bound=int)", "(x: T)", ["2"], "{'x': 2}"),
    ("from typing import *", "(x: Any)", ["2"], "{'x': '2'}"),
    ("from typing import *", "(x: 'Optional[int]' = None)", ["2"], "{'x': 2}"),
    ("from typing import *", "(x: Optional['int'] = None)", ["2"], "{'x': 2}"),
    ("from __future__ import annotations", "(x: list[int] | None = None)", ["--x=1", "--x", "2"], "{'x': [1, 2]}"),
    ("from __future__ import annotations", "(x: int | str = 0)", ["--x=1"], "{'x': 1}"),
    ("from __future__ import annotations", "(x: dict[str, int | None] = {})", ["--x", "a=1"], "{'x': {'a': 1}}"),
    ("from __future__ import annotations", "(x: tuple[int, str])", ["1", "2"], "{'x': (1, '2')}"),
    ("from __future__ import annotations", "(x: Optional[int] = 0)", ["1"], "{'x': 1}"),
    ("from __future__ import annotations", "(x: Literal['a', 'b'] | None = None)", ["a"], "{'x': 'a'}"),
    ("from __future__ import annotations", "(x: Annotated[list[int], 'help'] | None = None)", ["x=1"], "{'x': [1]}"),
    ("from __future__ import annotations", "(x: Unheard | int = 0)", ["--x=q"], "{'x': 'q'}"),
    ("from pathlib import Path", "(x: Path)", ["a/b"], "{'x': PosixPath('a/b')}"),
    ("from pathlib import Path", "(x=Path('.'))", ["a"], "{'x': PosixPath('a')}"),
    ("from decimal import Decimal", "(x: Decimal)", ["1.10"], "{'x': Decimal('1.10')}"),
    ("from uuid import UUID", "(x: UUID)", ["0" * 32], "{'x': UUID('00000000-0000-0000-0000-000000000000')}"),
    ("from datetime import *", "(x: date)", ["2026-01-31"], "{'x': datetime.date(2026, 1, 31)}"),
    ("from datetime import *", "(x: time)", ["12:30"], "{'x': datetime.time(12, 30)}"),
    (
        "from datetime import *",
        "(x: datetime)",
        ["2026-01-31T12:00:00Z"],
        "{'x': datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)}",
    ),
    ("from datetime import *", "(x: timedelta)", ["90"], "{'x': datetime.timedelta(seconds=90)}"),
    ("from enum import *\nclass C(Enum): RED = 'red'", "(x: C)", ["red"], "{'x': <C.RED: 'red'>}"),
    ("from enum import *\nclass C(Enum): RED = 'r'", "(x: C)", ["RED"], "{'x': <C.RED: 'r'>}"),
    ("from enum import *\nclass C(Enum): RED = 'r'", "(x=C.RED)", ["--x", "Red"], "{'x': <C.RED: 'r'>}"),
    ("from enum import *\nclass C(IntEnum): LOW = 1", "(x: C)", ["1"], "{'x': <C.LOW: 1>}"),
    ("from enum import *\nclass C(IntEnum): LOW = 1", "(x: C)", ["low"], "{'x': <C.LOW: 1>}"),
    ("from fractions import Fraction", "(x: Fraction)", ["1/3"], "{'x': Fraction(1, 3)}"),
    ("from dataclasses import *\n@dataclass\nclass C:\n    a: int\n", "(x: C)", ['{"a": 1}'], "{'x': C(a=1)}"),
    ("from typing import TextIO", "(x: TextIO)", ["name"], "{'x': 'name'}"),
    ("import sys", "(argv=None)", ["--any", "-x", "--help"], "{'argv': ['--any', '-x', '--help']}"),
]


@pytest.mark.parametrize(("before", "signature", "words", "expected"), CASES)
def test_words_become_typed_arguments(make: Make, before: str, signature: str, words: list[str], expected: str) -> None:
    ended = make(before + "\n" + dedent(SHOW.format(signature=signature)))(*words)
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out == expected + "\n"


ERRORS: list[tuple[str, list[str], str]] = [
    ("(name, dest)", [], "error: missing `name`, `dest`"),
    ("(*, key)", [], "error: missing `key`"),
    ("(name)", ["a", "b", "c"], "error: too many arguments: `b`, `c`"),
    ("()", ["a"], "error: too many arguments: `a`"),
    ("(*, count=1)", ["conut=2"], "error: too many arguments: `conut=2`\nhint: did you mean `count`?"),
    ("(count: int = 1)", ["--coutn", "2"], "error: unknown option `--coutn`\nhint: did you mean `--count`?"),
    ("(count: int = 1)", ["-c", "2"], "error: unknown option `-c`\nhint: values that begin with `-` go after `--`"),
    ("(count: int = 1)", ["--count"], "error: `--count` needs a value"),
    (
        "(a='', b='')",
        ["--a", "--b"],
        "error: `--a` needs a value\nhint: a value that looks like an option: `--a=--b`",
    ),
    ("(count: int = 1)", ["--count", "three"], "error: `count` must be an integer, not `three`"),
    ("(x: float)", ["y"], "error: `x` must be a number, not `y`"),
    ("(x: bool = False)", ["x=maybe"], "error: `x` must be true or false, not `maybe`"),
    ("(x: bool = False)", ["--no-x=1"], "error: `--no-x` takes no value\nhint: write `--no-x` or `--x`"),
    (
        "(x: Literal['red', 'green'])",
        ["gren"],
        "error: `x` must be one of red, green, not `gren`\nhint: did you mean `green`?",
    ),
    ("(x: Union[int, float])", ["y"], "error: `x` must be an integer or a number, not `y`"),
    ("(x: Tuple[int, str])", ["1"], "error: `x` needs 2 values, not 1"),
    ("(x: Tuple[int, str] = (1, ''))", ["--x", "1"], "error: `--x` needs 2 values"),
    ("(x: Tuple[int, str] = (1, ''))", ["x=1"], "error: `x` must be 2 values, not `1`"),
    ("(x: Dict[str, int])", ["a"], "error: `x` must be `key=value` or a JSON object, not `a`"),
    ("(x: date)", ["31.1.2026"], "error: `x` must be a date such as 2026-01-31, not `31.1.2026`"),
    ("(x: Pair)", ["{"], "error: `x` must be a `Pair` ("),
    ("(x: Even)", ["3"], "error: `x` must be a `Even` (odd), not `3`"),
    ("(*x: int)", ["1", "z"], "error: `x` must be an integer, not `z`"),
    ("(x: int)", ["\x1b[31m\n"], "error: `x` must be an integer, not `\\x1b[31m\\n`"),
    ("(**x: int)", ["--y", "z"], "error: `y` must be an integer, not `z`"),
]
ERRORS_BEFORE = """
from dataclasses import dataclass
@dataclass
class Pair:
    a: int
from typing import *
from datetime import date
class Even:
    def __init__(self, text):
        if int(text) % 2: raise ValueError("odd")
"""


@pytest.mark.parametrize(("signature", "words", "expected"), ERRORS)
def test_words_that_do_not_fit_are_a_usage_error(make: Make, signature: str, words: list[str], expected: str) -> None:
    ended = make(ERRORS_BEFORE + dedent(SHOW.format(signature=signature)))(*words)
    assert (ended.code, ended.out) == (64, "")
    said, _, usage = ended.err.partition("\nusage: ")
    assert said == expected or (expected.endswith("(") and said.startswith(expected))
    assert usage.startswith("hello")


HELP = '''
    """Module."""
    from typing import Annotated
    from enum import Enum
    class Color(Enum):
        RED = "red"
        GREEN = "green"
    def main(source, files: "list[str]", count: int = 1, *, color: Color = Color.RED, loud: bool = False,
             key: Annotated[str, "where the answer lies"], tags: "list[str]" = []):
        """Greet somebody.

        It is polite.

        Args:
            source: where the names come from, which may be a very long story that has to be told on two lines
            count (int): how often

        Returns:
            nothing
        """
    '''
HELP_TEXT = """\
usage: hello SOURCE FILES ... [--count INT] [--color red|green]
       [--loud | --no-loud] --key STR [--tags STR] ...

Greet somebody.

It is polite.

Returns:
    nothing

arguments:
  SOURCE  where the names come from, which may be a very long story that has to
          be told on two lines [str]
  FILES   [str]

options:
  --count INT        how often [default: 1]
  --color red|green  [default: red]
  --loud, --no-loud  [default: no]
  --key STR          where the answer lies [required]
  --tags STR         [repeatable]
  -h, --help         show this help
"""


def test_help_shows_types_defaults_and_docstring(make: Make) -> None:
    script = make(HELP.replace("from typing import Annotated", ANNOTATED))
    for words in (["--help"], ["-h"], ["a", "b", "--help"]):
        ended = script(*words)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out == HELP_TEXT
    assert max(map(len, script("--help", COLUMNS="50").out.splitlines())) <= 50


ANNOTATED = """
    import typing
    if hasattr(typing, "Annotated"):
        from typing import Annotated
    else:
        class Annotated:
            def __class_getitem__(cls, given):
                made = cls()
                made.__origin__, *made.__metadata__ = given
                return made
"""


@pytest.mark.parametrize(
    "doc",
    [
        "S.\n\n:param x: the help\n:type x: int\n",
        "S.\n\n:param int x: the\n    help\n",
        "S.\n\nParameters\n----------\nx : int\n    the help\n\nReturns\n-------\nNone\n",
        "S.\n\nArgs:\n    x (dict[str: int]): the\n        help\n    y: no\n",
    ],
)
def test_help_reads_each_docstring_style(make: Make, doc: str) -> None:
    ended = make(f"def main(*, x=1):\n    {doc!r}\n")("--help")
    assert "  --x INT     the help [default: 1]\n" in ended.out


def test_help_shows_no_secret_default(make: Make) -> None:
    signature = "*, api_key='k' * 9, plan=os.environ['APP_TOKEN'], sort_key='name', sort='kkk', keys=2"
    script = make(f"import os\ndef main({signature}):\n    pass\n")
    shown = script("--help", APP_TOKEN="seen by nobody").out
    assert "kkkkkkkkk" not in shown
    assert "seen by" not in shown
    assert shown.count("[default: ****]") == 2
    for each in ("name", "kkk", "2"):
        assert f"[default: {each}]" in shown


# What main returns


RESULTS: list[tuple[str, str]] = [
    ("None", ""),
    ("'text'", "text\n"),
    ("'line\\n'", "line\n"),
    ("'é ☃'", "é ☃\n"),
    ("'\\udcff'", "\udcff\n"),
    ("b'raw'", "raw"),
    ("True", "true\n"),
    ("7", "7\n"),
    ("1.5", "1.5\n"),
    ("float('nan')", "null\n"),
    ("{}", "{}\n"),
    ("[1, 'é', None, {'a': (1, 2)}]", '[1, "é", null, {"a": [1, 2]}]\n'),
    ("{1: 2, None: 3, True: 4, C.RED: 5, Path('x'): 6}", '{"1": 4, "null": 3, "r": 5, "x": 6}\n'),
    ("[Path('a'), date(2026, 1, 31), Decimal('1.10'), C.RED]", '["a", "2026-01-31", "1.10", "r"]\n'),
    ("{3, 1, 2}", "[1, 2, 3]\n"),
    ("D(1, [P(2, 3)])", '{"a": 1, "b": [{"x": 2, "y": 3}]}\n'),
    ("[b'ok', b'\\xff']", '["ok", "/w=="]\n'),
    ("timedelta(minutes=1)", "60.0\n"),
    ("M()", '{"dumped": true}\n'),
    ("range(3)", "[0, 1, 2]\n"),
    ("S.A", "a\n"),
    ("[S.A, int]", '["a", "int"]\n'),
    ("(x for x in ['a', 1, {'b': 2}])", 'a\n1\n{"b": 2}\n'),
    ("map(str, [1, 2])", "1\n2\n"),
]
RESULTS_BEFORE = """
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple
from pathlib import Path
from datetime import *
from decimal import Decimal
from enum import Enum
class C(Enum): RED = 'r'
class S(str, Enum): A = 'a'
class P(NamedTuple):
    x: int
    y: int
@dataclass
class D:
    a: int
    b: Any
    c: ClassVar[int] = 3
class M:
    def model_dump(self, mode): return {"dumped": mode == "json"}
"""


@pytest.mark.parametrize(("value", "expected"), RESULTS)
def test_what_main_returns_is_given_out(make: Make, value: str, expected: str) -> None:
    ended = make(f"{RESULTS_BEFORE}\ndef main(): return {value}\n")()
    assert (ended.err, ended.code) == ("", 0)
    assert ended.out == expected


def test_json_equals_the_standard_librarys(make: Make) -> None:
    value = {"a": [1, -2.5e300, '\x00\x1f"\\\u2028😀', [], {}, [[]]], "b": {"c": None, "d": True}}
    ended = make(f"def main(): return {value!r}")()
    assert ended.out == json.dumps(value, ensure_ascii=False) + "\n"
    ascii_only = make(f"def main(): return {value!r}")(PYTHONIOENCODING="ascii")
    assert json.loads(ascii_only.out) == value


def test_a_value_that_holds_itself_is_an_error(make: Make) -> None:
    ended = make("def main():\n    x = []\n    x.append(x)\n    return x\n")()
    assert ended.code == 1
    assert ended.err == "ValueError: a value that holds itself can't be written as JSON\n"


@pytest.mark.parametrize(
    ("returns", "value", "code", "out"),
    [
        ("-> int", "3", 3, ""),
        ("-> 'int'", "3", 3, ""),
        ("-> int", "0", 0, ""),
        ("-> 'int | None'", "4", 4, ""),
        ("-> 'int | None'", "None", 0, ""),
        ("-> bool", "True", 0, "true\n"),
        ("-> 'list[int]'", "[3]", 0, "[3]\n"),
        ("", "3", 0, "3\n"),
    ],
)
def test_an_int_from_an_int_function_is_the_exit_code(
    make: Make, returns: str, value: str, code: int, out: str
) -> None:
    ended = make(f"def main() {returns}: return {value}")()
    assert (ended.code, ended.out, ended.err) == (code, out, "")
    ended = make(f"async def main() {returns}: return {value}")()
    assert (ended.code, ended.out, ended.err) == (code, out, "")


def test_async_main_and_async_generators(make: Make) -> None:
    ended = make("import asyncio\nasync def main(x: int):\n    await asyncio.sleep(0)\n    return {'x': x}")("3")
    assert (ended.out, ended.code) == ('{"x": 3}\n', 0)
    ended = make("async def main():\n    yield 'a'\n    yield [1]")()
    assert (ended.out, ended.code) == ("a\n[1]\n", 0)


def test_decorated_and_callable_mains(make: Make) -> None:
    decorated = """
        import functools
        def loud(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs).upper()
            return wrapper
        @loud
        def main(name: str, times: int = 1): return name * times
    """
    assert make(decorated)("a", "--times", "2").out == "AA\n"
    partial = "import functools\ndef f(a: int, b: int): return a + b\nmain = functools.partial(f, 2)"
    assert make(partial)("3").out == "5\n"
    called = "class Main:\n    def __call__(self, a: int): return a\nmain = Main()"
    assert make(called)("3").out == "3\n"
    missing = make("main = 3")()
    assert missing.code == 1
    assert "has no function `main` to call" in missing.err


# Fidelity: nothing in a script can tell that it was not started by Python itself


FIDELITY = """
    import sys
    if True:
        x: int = 1
    def main(): pass
    shown = {k: v for k, v in globals().items() if k not in ("__builtins__", "__loader__", "sys", "main", "shown")}
    print(list(globals())[:8], shown, type(__builtins__), type(__loader__), __loader__.path, __loader__.name)
    print(sys.argv, sys.path, sys.modules["__main__"].__dict__ is globals(), __name__ in sys.modules)
    print(sorted(sys.modules), sys.flags, sys.warnoptions, sorted(sys.path_importer_cache))
    print(__file__, __import__("__main__").main is main, sys.excepthook, sys.getrecursionlimit())
"""


@pytest.mark.parametrize("flags", [(), ("-I",), ("-E",), ("-O",), ("-W", "error"), ("-X", "utf8"), ("-B", "-s")])
def test_a_script_sees_what_python_shows_it(make: Make, flags: tuple[str, ...]) -> None:
    script = make(FIDELITY)
    bare, called = script.bare(flags=flags), script(flags=flags)
    assert bare.code == called.code == 0
    assert called.out == bare.out
    assert called.err == bare.err


def test_safe_path_relative_paths_links_and_files_without_suffix(make: Make, tmp_path: Path) -> None:
    script = make("import sys; print(sys.argv, sys.path, __file__)\ndef main(): pass", "real/tool")
    assert script(PYTHONSAFEPATH="1") == script.bare(PYTHONSAFEPATH="1")
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "there"
    link.symlink_to("../real/tool")
    linked = script._replace(path=link)
    assert linked() == linked.bare()
    for given in ("tool", "./tool", "../real/tool"):
        environ = {**script.environ}
        runs = [
            subprocess.run(argv, cwd=tmp_path / "real", env=environ, capture_output=True, timeout=60)
            for argv in ([script.python, str(CALL), given], [script.python, given])
        ]
        assert runs[0].stdout == runs[1].stdout != b""


ENDS = {
    "in the module": "def f(): 1/0\nf()",
    "chained": "def f():\n    try: 1/0\n    except Exception as e: raise ValueError('x') from e\nf()",
    "context": "try:\n    1/0\nexcept Exception:\n    {}['x']",
    "syntax": "def main(:\n  pass",
    "indentation": "if 1:\nx",
    "null": "x = '\\0'\nimport sys; sys.exit(x)",
    "exit 3": "import sys; sys.exit(3)",
    "exit 255": "import sys; sys.exit(255)",
    "exit text": "import sys; sys.exit('bye')",
    "exit none": "raise SystemExit",
    "interrupted": "raise KeyboardInterrupt",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "os exit": "import os; os._exit(7)",
    "hook": "import sys\nsys.excepthook = lambda t, v, tb: print('hook', t, v, tb.tb_lineno, tb.tb_next)\n1/0",
    "warning": "import warnings\ndef f(): warnings.warn('old', DeprecationWarning, 2)\nf()",
    "unraisable": "class A:\n    def __del__(self): 1/0\ndel A().x",
    "thread": "import threading\nt = threading.Thread(target=lambda: 1/0, name='t')\nt.start(); t.join()",
    "atexit": "import atexit\natexit.register(print, 'end')\n1/0",
    "source": "import inspect\ndef g():\n    return 1\nprint(inspect.getsource(g), inspect.getmodule(g))",
    "last": "import sys, atexit\natexit.register(lambda: print(sys.last_traceback.tb_frame.f_code.co_name))\n1/0",
    "recursion": "def f(): f()\ntry: f()\nexcept RecursionError: print('deep')",
    "group": "try: ExceptionGroup\nexcept NameError: raise SystemExit(0)\n"
    "try: 1/0\nexcept Exception as e: raise ExceptionGroup('g', [e, ValueError('v')])",
}


@pytest.mark.parametrize("source", list(ENDS.values()), ids=list(ENDS))
def test_a_script_ends_as_under_python(make: Make, source: str) -> None:
    script = make(source + "\ndef main(): pass\n")
    bare, called = script.bare(), script()
    assert (called.code, called.out) == (bare.code, bare.out)
    address = re.compile("0x[0-9a-f]+")
    assert address.sub("", called.err) == address.sub("", bare.err)
    assert "call.py" not in called.err


def test_coding_cookies_and_missing_files(make: Make) -> None:
    script = make("")
    script.path.write_bytes("# coding: latin-1\nprint('ä')\ndef main(): pass".encode("latin-1"))
    assert script().out == "ä\n"
    script.path.write_bytes(b"\xef\xbb\xbfprint('bom')\ndef main(): pass")
    assert script().out == "bom\n"
    script.path.unlink()
    assert script().code == 2
    assert "can't open file" in script().err


TRACES = [
    ("def main(x: int): return 1 // x", ["0"], "ZeroDivisionError"),
    ("async def main(x: int): return 1 // x", ["0"], "ZeroDivisionError"),
    ("def main():\n    yield 1\n    yield 1 // 0", [], "ZeroDivisionError"),
    ("async def main():\n    yield 1\n    yield 1 // 0", [], "ZeroDivisionError"),
]


@pytest.mark.parametrize(("source", "words", "error"), TRACES)
def test_a_traceback_begins_in_the_script(make: Make, source: str, words: list[str], error: str) -> None:
    script = make(source)
    ended = script(*words)
    lines = ended.err.splitlines()
    assert ended.code == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].startswith(f'  File "{script.path}", line ')
    assert lines[1].endswith("in main")
    assert lines[-1].startswith(error)
    assert ended.err.count("  File ") == 1


def test_warnings_point_at_the_script(make: Make) -> None:
    script = make("import warnings\n\ndef main():\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\n")
    assert script().err.startswith(f"{script.path}:3: DeprecationWarning: old\n")


def test_interrupt_kills_by_sigint(make: Make) -> None:
    for start in ("def", "async def"):
        source = f"import os, signal\n{start} main():\n    os.kill(os.getpid(), signal.SIGINT)\n    while True: pass\n"
        if start != "def":
            source = source.replace("while True: pass", "import asyncio; await asyncio.sleep(60)")
        ended = make(source)()
        assert ended.code == -signal.SIGINT
        assert ended.err.rstrip().endswith("KeyboardInterrupt")
        assert "inside" not in ended.err


HEADS = [
    "def main():\n    for x in range(100000): print(x)\n",
    "def main():\n    for x in range(100000): yield x\n",
    "def main(): return list(range(100000))\n",
    "def main():\n    import time\n    yield 1\n    while True: yield 2\n",
    "import asyncio\nasync def main():\n    while True:\n        yield 2\n        await asyncio.sleep(0)\n",
]


@pytest.mark.parametrize(
    ("source", "flags"), [*((source, ()) for source in HEADS), *((source, ("-u",)) for source in HEADS[:2])]
)
def test_a_reader_that_goes_away_is_met_with_silence(make: Make, source: str, flags: tuple[str, ...]) -> None:
    script = make(source)
    argv = [script.python, *flags, str(CALL), str(script.path)]
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=script.environ)
    with child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.read(1)
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(60) == 141


def test_an_exit_of_the_scripts_own_keeps_its_code_when_nobody_reads(make: Make) -> None:
    script = make("import sys\ndef main():\n    sys.stdin.read()\n    print('x')\n    sys.exit(3)\n")
    argv = [script.python, str(CALL), str(script.path)]
    pipe = subprocess.PIPE
    child = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, env=script.environ)
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        child.stdin.close()
        assert child.stderr.read() == b""
        assert child.wait(60) == 3


def test_a_broken_pipe_of_the_scripts_own_is_shown(make: Make) -> None:
    ended = make("import os\ndef main():\n    r, w = os.pipe()\n    os.close(r)\n    os.write(w, b'x')\n")()
    assert ended.code == 1
    assert ended.err.rstrip().endswith("BrokenPipeError: [Errno 32] Broken pipe")


def test_a_closed_or_full_standard_output(make: Make) -> None:
    script = make("def main(): return 'x'")
    argv = [script.python, str(CALL), str(script.path)]
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *argv], capture_output=True, env=script.environ, timeout=60
    )
    assert (closed.returncode, closed.stderr) == (0, b"")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(argv, stdout=full, stderr=subprocess.PIPE, env=script.environ, timeout=60)
        assert done.returncode == 120  # Python's own, for a stream that it can't flush at its end
        assert done.stderr.startswith(b"OSError: [Errno 28] No space left on device\n")


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_multiprocessing_and_pickling(make: Make, method: str) -> None:
    ended = make(
        """
        import multiprocessing, pickle, sys
        class Thing:
            def __init__(self, x): self.x = x
        def double(thing): return Thing(thing.x * 2)
        def main(method: str):
            thing = pickle.loads(pickle.dumps(Thing(3)))
            assert type(thing) is Thing and pickle.loads(pickle.dumps(double)) is double
            context = multiprocessing.get_context(method)
            with context.Pool(1) as pool:
                got = pool.map(double, [thing])
                pool.close()
                pool.join()
            return [each.x for each in got]
        """
    )(method)
    assert (ended.out, ended.code) == ("[6]\n", 0), ended.err


def test_arguments_are_read_only_after_the_module_ran(make: Make) -> None:
    ended = make("print('module', __name__)\nif __name__ == '__main__': print('guard')\ndef main(): pass")("--bad")
    assert ended.out == "module __main__\nguard\n"
    assert ended.code == 64


def test_threads_are_waited_for_and_exit_functions_run(make: Make) -> None:
    ended = make(
        """
        import atexit, threading
        go = threading.Event()
        atexit.register(print, "end")
        def late():
            go.wait(30)
            print("late")
        def main():
            threading.Thread(target=late).start()
            go.set()
            return "main"
        """
    )()
    assert sorted(ended.out.split()) == ["end", "late", "main"]
    assert ended.out.endswith("end\n")


def test_bytecode_of_our_own_files_is_kept_and_of_nothing_else(make: Make, tmp_path: Path) -> None:
    script = make("import sys, other\nassert sys.dont_write_bytecode\ndef main(x: int): return x")
    (tmp_path / "other.py").write_text("")
    inside = tmp_path / "elsewhere"
    shutil.copytree(CALL.parent, inside, ignore=shutil.ignore_patterns("__pycache__"))
    argv = [script.python, str(inside / "call.py"), str(script.path), "3"]
    for mode in (0o755, 0o555):
        inside.chmod(mode)
        done = subprocess.run(argv, env=script.environ, capture_output=True, timeout=60)
        assert (done.stdout, done.stderr) == (b"3\n", b"")
    kept = {path.name.partition(".")[0] for path in (inside / "__pycache__").iterdir()}
    assert kept == {"_main", "_call", "_words", "_types", "_result"}
    assert not (tmp_path / "__pycache__").exists()


def test_on_a_terminal_json_is_indented_and_headings_are_bold(make: Make) -> None:
    script = make("def main(x: int = 0): return {'a': [1, 2], 'b': {}}")

    def shown(*words: str, **environ: str) -> str:
        argv = [str(CALL), str(script.path), *words]
        child = pexpect.spawn(
            script.python, argv, env={**script.environ, "TERM": "xterm", **environ}, dimensions=(24, 60), timeout=60
        )
        text = bytes(child.read()).decode()
        child.close()
        assert child.exitstatus == 0
        return text.replace("\r\n", "\n")

    assert shown() == '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}\n'
    assert "\033[1moptions:\033[0m\n" in shown("--help")
    assert "\033" not in shown("--help", NO_COLOR="1")
