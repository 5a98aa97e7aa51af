"""Settings files, variables and flags: what is refused, and how the layers are laid over each other."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.errors import ExitCode, Failure
from pyst.settings.convert import Base
from pyst.settings.fields import FIELDS
from pyst.settings.layers import (
    Given,
    Layer,
    defaults,
    flags_layer,
    may_hold_settings,
    merge,
    parse_layer,
    variables_layer,
)
from pyst.settings.origins import DEFAULT, Origin

HERE = Base("/project", "/home/u")


def layer(text: str | bytes, kind: str = "project", *, trusted: bool = True) -> Layer:
    data = text.encode() if isinstance(text, str) else text
    return parse_layer(data, kind, "/project/.pyst.toml", "/home/u", trusted=trusted)


def refused(text: str | bytes, kind: str = "project") -> Failure:
    with pytest.raises(Failure) as caught:
        layer(text, kind)
    failure = caught.value
    assert failure.code == "E_CONFIG"
    assert failure.exit == ExitCode.ERROR
    assert failure.where is not None
    assert failure.where.path == "/project/.pyst.toml"
    return failure


@pytest.mark.parametrize(
    ("text", "line", "key", "said"),
    [
        ("[core]\nofline = true", 2, "core.ofline", "did you mean `offline`"),
        ("\n[cor]\nx = 1", 2, "cor", "did you mean `core`"),
        ('core.uv.flag = ["x"]', 1, "core.uv.flag", "did you mean `flags`"),
        ("[telemetry]\nnow = 1", 2, "telemetry.now", "`enabled`, `endpoint`"),
        ('[contexts.ci]\nenable = ["*"]', 2, "contexts.ci.enable", "did you mean `enabled`"),
        ("offlin = true", 1, "offlin", "did you mean `core.offline`?"),
        ("[core]\nflags = []", 2, "core.flags", "did you mean `core.uv.flags`?"),
        ('[core]\n"x.y" = 1', 2, "core.x.y", "known here"),
        ('"core.offline" = true', 1, "core.offline", "did you mean"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_a_near_miss(text: str, line: int, key: str, said: str) -> None:
    failure = refused(text)
    assert failure.message == f"unknown key `{key}`"
    assert failure.where == ("/project/.pyst.toml", line, key)
    assert said in failure.hint


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[core]\noffline = 1", 2, "`core.offline` is `1`; expected `true` or `false`"),
        ('[core]\noffline = "true"', 2, '`core.offline` is "true"; expected `true` or `false`'),
        ('core = "x"', 1, '`core` is "x"; expected a table'),
        ("contexts = 3", 1, "`contexts` is `3`; expected a table"),
        ("[core]\nuv = []", 2, "`core.uv` is an array; expected a table"),
        ('[core]\nprecedence = "near"', 2, '`core.precedence` is "near"; expected `global` or `local`'),
        ('[core]\ncwd = "projct"', 2, "expected `project`, `script`, `current`, or a path"),
        ("[core]\nproject_script_dir = []", 2, "expected a path"),
        ('[core]\nproject_script_dir = ""', 2, "expected a path"),
        ('[core]\nproject_script_dir = "a\\u0000b"', 2, "expected a path"),
        ('[core.uv]\nflags = "--offline"', 2, "expected an array of strings"),
        ('[core.uv]\nflags = [\n "a",\n\n 3 ]', 5, "`core.uv.flags[1]` is `3`; expected a string"),
        ("[core]\nglobal_script_dirs = [1979-05-27]", 2, "a date or time; expected a string"),
        ('[contexts.a]\nenabled = ["*", "!"]', 2, "expected a glob after `!`"),
        ('[contexts."a b"]\nenabled = []', 1, "`a b` is no name"),
        ('[contexts.""]\nenabled = []', 1, "`` is no name"),
        ("[contexts.a]\n", 1, "the context `a` says nothing"),
        ("[contexts]\na = 1", 2, "`contexts.a` is `1`; expected a table"),
        ("[test]\njobs = -1", 2, "expected an integer of at least 0"),
        ("[test]\njobs = true", 2, "expected an integer of at least 0"),
        ('[sandbox]\nmemory = "2X"', 2, "expected a number of bytes"),
        ('[share]\ncooldown = "soon"', 2, "expected a number of seconds"),
        ("a = [", 1, "not valid TOML: Invalid value"),
        ("[core]\noffline = true\noffline = false", 3, "not valid TOML"),
        ("a = " + "[" * 5000, 0, "nested too deep"),
        ("a = " + "9" * 5000, 0, "not valid TOML"),
        (b"[core]\n# caf\xe9\n", 2, "not UTF-8: byte 0xe9"),
    ],
)
def test_what_cannot_be_used_is_refused(text: str | bytes, line: int, said: str) -> None:
    failure = refused(text)
    assert said in failure.message
    assert failure.where is not None
    assert failure.where.line == line


def test_a_choice_has_near_misses() -> None:
    assert refused('[core]\nprecedence = "globl"').hint.startswith("did you mean `global`")
    assert refused('[core]\ncwd = "projct"').hint == "did you mean `project`?"


def test_a_byte_order_mark_is_no_error() -> None:
    found = layer(b"\xef\xbb\xbf[core]\noffline = true\n").values["core.offline"]
    assert found.value is True
    assert found.origin.line == 2


def test_of_pyproject_only_its_own_table_counts() -> None:
    text = '[project]\nname = 3\n[tool.other]\ncore = 1\n[tool.pyst.core]\ncwd = "./x"\n'
    found = layer(text, "pyproject").values
    assert {key: given.value for key, given in found.items()} == {"core.cwd": "/project/x"}
    assert found["core.cwd"].origin.line == 6
    assert refused("[tool.pyst]\ncor = 1", "pyproject").message == "unknown key `tool.pyst.cor`"
    assert "expected a table" in refused("tool.pyst = 1", "pyproject").message
    assert "expected a table" in refused('tool = "x"', "pyproject").message


@pytest.mark.parametrize(
    "text",
    [
        "[tool.pyst]",
        "[ tool . 'pyst' ]",
        'tool."pyst".core.offline = true',
        '["tool"."p\\u0079st"]',
        '["\\U00000074ool".pyst]',
        "tool = { pyst = {} }",
    ],
)
def test_no_spelling_of_the_table_slips_past(text: str) -> None:
    assert "pyst" in tomllib.loads(text)["tool"]
    assert may_hold_settings(text.encode())


def test_a_file_without_the_table_is_not_parsed() -> None:
    assert not may_hold_settings(b'[project]\nname = "x"\n[tool.ruff]\n')


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([each if i % 2 else f"\\u{ord(each):04x}" for each in "pyst" for i in range(2)]), max_size=6
    )
)
def test_every_spelling_of_a_quoted_key_is_seen(parts: list[str]) -> None:
    text = f'["tool"."{"".join(parts)}"]'
    if "pyst" in tomllib.loads(text)["tool"]:
        assert may_hold_settings(text.encode())


def test_paths_are_relative_to_their_file() -> None:
    text = '[core]\nglobal_script_dirs = ["~/a", "b/../c", "/d/"]\nproject_script_dir = "tools"\n'
    found = parse_layer(text.encode(), "global", "/etc/x/pyst.toml", "/home/u").values
    assert found["core.global_script_dirs"].value == ("/home/u/a", "/etc/x/c", "/d")
    assert found["core.project_script_dir"].value == "/etc/x/tools"


def test_variables() -> None:
    environ = {
        "PYST_OFFLINE": "yes",
        "PYST_UV_FLAGS": "--no-build '--index-url=https://x y'",
        "PYST_GLOBAL_SCRIPT_DIRS": "~/a::b",
        "PYST_DOCUMENT_REDACT": "A_*, B",
        "PYST_SANDBOX_MEMORY": "1.5 GiB",
        "PYST_SHARE_COOLDOWN": "7 days",
        "PYST_TEST_JOBS": "3",
        "PYST_CWD": "current",
        "PYST_PRECEDENCE": "",
        "PYST_HOME": "/elsewhere",
    }
    found = {key: given.value for key, given in variables_layer(environ, HERE).values.items()}
    assert found == {
        "core.offline": True,
        "core.uv.flags": ("--no-build", "--index-url=https://x y"),
        "core.global_script_dirs": ("/home/u/a", "/project/b"),
        "document.redact": ("A_*", "B"),
        "sandbox.memory": 1536 << 20,
        "share.cooldown": 604800,
        "test.jobs": 3,
        "core.cwd": "current",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYST_OFFLINE", "maybe"),
        ("PYST_UV_FLAGS", "'x"),
        ("PYST_TEST_JOBS", "-1"),
        ("PYST_TEST_JOBS", "²"),
        ("PYST_CWD", "nowhere"),
        ("PYST_PRECEDENCE", "x"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(Failure, match=name) as caught:
        variables_layer({name: value}, HERE)
    assert caught.value.code == "E_CONFIG"
    assert "expected" in caught.value.message


def test_flags() -> None:
    found = flags_layer({"core.cwd": "build", "core.offline": True, "core.uv.flags": ["-v"]}, HERE).values
    assert found["core.cwd"].value == "/project/build"
    assert found["core.offline"].value is True
    assert found["core.uv.flags"] == Given(("-v",), Origin("flag", "--uv-flags"))
    with pytest.raises(Failure) as caught:
        flags_layer({"core.cwd": ""}, HERE)
    assert caught.value.exit == ExitCode.USAGE


def test_defaults_have_a_value_for_every_key_that_has_no_name_in_it() -> None:
    found = defaults(Base("/project", "/home/u"), "/data/pyst")
    assert set(found) == {field.key for field in FIELDS if "*" not in field.key}
    assert found["core.global_script_dirs"].value == ("/data/pyst/scripts",)
    assert found["core.project_script_dir"].value == "/project/.pyst"
    assert found["core.uv.flags"].value == ()
    assert all(given.origin == DEFAULT for given in found.values())


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "core.offline": st.booleans(),
    "core.precedence": st.sampled_from(["local", "global"]),
    "core.introspection": st.sampled_from(["safe", "import"]),
    "core.uv.flags": st.lists(st.sampled_from(["-a", "-b"]), max_size=2).map(tuple),
    "document.redact": st.lists(st.sampled_from(["A", "B", "SECRET_*"]), max_size=2).map(tuple),
    "contexts.a.enabled": st.lists(st.sampled_from(["*", "!x"]), max_size=2).map(tuple),
    "contexts.b.extends": st.lists(st.sampled_from(["a"]), max_size=1).map(tuple),
    "share.cooldown": st.integers(0, 3),
    "sandbox.memory": st.integers(0, 3),
    "sandbox.mode": st.sampled_from(["strict", "basic", "best-effort", "off"]),
}
SOME = st.fixed_dictionaries({}, optional=VALUES)


def given_by(values: dict[str, Any], kind: str, trusted: bool = True) -> Layer:
    return Layer(kind, {key: Given(value, Origin(kind, f"/{kind}")) for key, value in values.items()}, trusted)


BASE = defaults(Base("/project", "/home/u"), "/data")


@settings(max_examples=200, deadline=None)
@given(st.lists(SOME, max_size=4))
def test_the_strongest_layer_that_has_a_key_gives_it(layers: list[dict[str, Any]]) -> None:
    merged = merge(BASE, [given_by(values, str(at)) for at, values in enumerate(layers)], "/project")
    for key, given_ in merged.values.items():
        last = max((at for at, values in enumerate(layers) if key in values), default=None)
        expected = BASE[key] if last is None else Given(layers[last][key], Origin(str(last), f"/{last}"))
        assert given_ == expected
    assert merged.vouched == merged.values
    assert not merged.ignored


TIGHTER = {
    "core.offline": lambda new, old: new >= old,
    "core.precedence": lambda new, old: new == old or new == "global",
    "core.introspection": lambda new, old: new == old or new == "safe",
    "core.uv.flags": lambda new, old: new == old,
    "document.redact": lambda new, old: set(new) >= set(old),
    "share.cooldown": lambda new, old: new >= old,
    "sandbox.memory": lambda new, old: new == old or (new is not None and (old is None or new <= old)),
    "sandbox.mode": lambda new, old: (
        ["strict", "basic", "best-effort", "off"].index(new) <= ["strict", "basic", "best-effort", "off"].index(old)
    ),
}


@settings(max_examples=300, deadline=None)
@given(SOME, SOME, SOME)
def test_an_untrusted_project_can_only_narrow(
    own: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    mine = given_by(own, "global")
    theirs = [given_by(first, "pyproject", False), given_by(second, "project", False)]
    without = merge(BASE, [mine], "/project").values
    merged = merge(BASE, [mine, *theirs], "/project")
    assert merged.vouched == without
    for key, is_tighter in TIGHTER.items():
        assert is_tighter(merged.values[key].value, without[key].value)
    wished = {(key, layer.kind) for layer in theirs for key in layer.values}
    assert {(each.key, each.origin.kind) for each in merged.ignored} <= wished
    for each in merged.ignored:
        assert merged.values[each.key].origin != each.origin


def test_a_trusted_layer_above_an_untrusted_one_has_the_last_word() -> None:
    low = given_by({"core.offline": True, "core.introspection": "import"}, "pyproject", False)
    high = given_by({"core.offline": False, "core.introspection": "import"}, "project")
    merged = merge(BASE, [low, high], "/project")
    assert merged.values["core.offline"].value is False
    assert merged.values["core.introspection"].value == "import"
    assert [each.key for each in merged.ignored] == ["core.introspection"]
