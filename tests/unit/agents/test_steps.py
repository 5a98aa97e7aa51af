"""Calls of pyst's own tools → command lines: what a client says never becomes an option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pyst.agents.builtins import BUILTINS, builtins_of
from pyst.agents.calls import check_arguments, check_words
from pyst.agents.host import Host, Offered, Offering
from pyst.agents.listing import Listing, make_listing
from pyst.agents.steps import Step, checked_requirements, word_of
from pyst.errors import Failure
from pyst.scripts.script import Interface, Script
from tests.support.recorded import a_record, put_record

STEPS = {each.tool["name"]: each.step for each in BUILTINS}
SCHEMAS = {each.tool["name"]: each.tool["inputSchema"] for each in BUILTINS}
RUN = "20260301T100000Z-00000000"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    def look() -> Offering:
        raise AssertionError

    return Host("0", "/p", "/p", str(tmp_path), {}, (), (), "strict", False, 60.0, (str(tmp_path / "s"), "/g"), look)


def offered(name: str, root: str, **more: Any) -> Offered:
    return Offered(Script(name, f"{root}/{name}.py", more.pop("origin", "project"), root), Interface("main"), **more)


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    root = str(tmp_path / "s")
    scripts = (
        offered("hello", root),
        offered("group/x", root),
        offered("sure", root, trusted=True),
        offered("global", "/g", origin="global"),
        offered("bought", "/i", origin="installed"),
        Offered(Script("hello2", "/p/.pyst/hello.py", "project", "/p/.pyst"), Interface("main")),
    )
    return make_listing(Offering("default", scripts, lambda: True), ())


def step(tool: str, arguments: dict[str, Any], listing: Listing, host: Host) -> Step:
    check_arguments(arguments, SCHEMAS[tool])
    found = STEPS[tool](arguments, listing, host)
    assert isinstance(found, Step)
    return found


def test_a_script_is_found_by_name_selector_and_tool(listing: Listing, host: Host) -> None:
    for name in ("group/x", "project:group/x", "group__x"):
        assert step("pyst_script_info", {"name": name}, listing, host).words == ("project:group/x",)
    with pytest.raises(Failure) as caught:
        step("pyst_script_info", {"name": "hallo"}, listing, host)
    assert caught.value.code == "E_NOT_OFFERED"
    assert "hello" in caught.value.hint


WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(["--", "-c", "--x"]))


@given(WORDS)
def test_words_of_typed_code_stand_behind_the_dashes(words: list[str]) -> None:
    found = STEPS["pyst_run_code"]({"code": "1", "arguments": words}, None, None)  # type: ignore[arg-type]
    assert isinstance(found, Step)
    assert found.words == ("-", "--", *words)
    assert found.stdin == b"1"


def test_options_of_typed_code_are_joined_to_their_values(listing: Listing, host: Host) -> None:
    found = step("pyst_run_code", {"code": "1", "requirements": ["six>=1"], "is_async": True}, listing, host)
    assert found.words == ("--with=six>=1", "--async", "-", "--")


@pytest.mark.parametrize(
    "text", ["", "-r x", "--index-url=x", "six @ https://x/y.whl", "a @ git+ssh://x/y", "./x", "six\n--y", "x y"]
)
def test_only_packages_of_the_index_are_requirements(text: str) -> None:
    with pytest.raises(Failure) as caught:
        checked_requirements([text])
    assert caught.value.code == "E_REQUIREMENT"
    assert checked_requirements(["six >= 1.16 ; python_version > '3'"]) == ['six>=1.16; python_version > "3"']


def test_files_are_changed_where_clients_may(listing: Listing, host: Host) -> None:
    given = {"requirements": ["six"]}
    assert step("pyst_add_dependency", {"name": "hello", **given}, listing, host).words == (
        "--script=project:hello",
        "--",
        "six",
    )
    assert step("pyst_lock", {"name": "global", "upgrade": True}, listing, host).words == ("--upgrade", "global:global")
    for name in ("sure", "bought", "hello2"):
        for tool, more in (("pyst_add_dependency", given), ("pyst_lock", {})):
            with pytest.raises(Failure) as caught:
                step(tool, {"name": name, **more}, listing, host)
            assert caught.value.code == "E_NOT_CHANGEABLE"
    assert step("pyst_lock", {"name": "sure", "check": True}, listing, host).words == ("--check", "project:sure")


def test_a_file_in_the_folder_does_not_pass_for_a_selector(tmp_path: Path) -> None:
    found = offered("a", str(tmp_path))
    assert word_of(found, str(tmp_path)) == "project:a"
    (tmp_path / "project:a").touch()
    assert word_of(found, str(tmp_path)) == f"{tmp_path}/a.py"


def test_history_is_that_of_the_project(listing: Listing, host: Host) -> None:
    arguments = {"script": "--all", "status": ["ok", "failed"], "limit": 5, "since": "-1"}
    assert step("pyst_history", arguments, listing, host).words == (
        "--under=/p",
        "--limit=5",
        "--script=--all",
        "--since=-1",
        "--status=ok",
        "--status=failed",
    )


def test_runs_are_named_whole_to_children_and_only_those_of_the_project(
    listing: Listing, host: Host, tmp_path: Path
) -> None:
    put_record(tmp_path, a_record(0))
    put_record(tmp_path, a_record(1, cwd="/q"))
    found = step("pyst_replay", {"run": "last", "ignore": ["--x"], "relative_tolerance": 1e-6}, listing, host)
    assert found.words == ("--ignore=--x", "--rel-tol=1e-06", RUN)
    assert (found.is_replay, found.context) == (True, "default")
    words = step("pyst_diff", {"left": RUN, "right": RUN[:20], "output": "-o"}, listing, host).words
    assert words == ("--output=-o", RUN, RUN)
    for run in (a_record(1).run_id, "nothing", "2026"):
        with pytest.raises(Failure) as caught:
            step("pyst_diff", {"left": run, "right": RUN}, listing, host)
        assert caught.value.code == "E_NO_RUN"


@pytest.mark.parametrize(
    "changes",
    [
        {"cwd": "/p/inner"},
        {"script__path": "/elsewhere.py"},
        {"script__path": None},
        {"options__env_files": ["/p/.env"]},
    ],
)
def test_runs_that_a_client_could_not_have_had(
    listing: Listing, host: Host, tmp_path: Path, changes: dict[str, Any]
) -> None:
    put_record(tmp_path, a_record(0, **changes))
    with pytest.raises(Failure) as caught:
        step("pyst_replay", {"run": "last"}, listing, host)
    assert caught.value.code == "E_REPLAY"


@pytest.mark.parametrize(
    "words", [("a\0",), ("x" * (128 << 10),), ("x" * 1000,) * 2000, ("ü" * (64 << 10),)], ids=range(4)
)
def test_what_no_command_line_can_carry_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(Failure) as caught:
        check_words(words)
    assert caught.value.code == "E_ARGUMENTS"
    assert len(str(caught.value.message)) < 500


def test_what_does_not_fit_is_told_shortly() -> None:
    with pytest.raises(Failure) as caught:
        check_arguments({"code": 7, "x" * 100_000: 1}, SCHEMAS["pyst_run_code"])
    assert len(caught.value.message) < 1000


@pytest.mark.parametrize(
    ("tool", "arguments", "message", "hint"),
    [
        ("pyst_run_script", {"script": "a"}, "`/name` is required; `/script` is not a parameter", "`name`"),
        ("pyst_run_code", {"code": "x" * (1 << 21)}, "`/code` must have at most 1048576 characters", ""),
        ("pyst_run_code", {"code": ""}, "`/code` must have at least 1 characters", ""),
        ("pyst_run_code", {"code": "1", "requirements": [""]}, "`/requirements/0` must have at least 1 characters", ""),
        ("pyst_run_code", {"code": "1", "timeout_seconds": 0}, "`/timeout_seconds` must be more than 0", ""),
    ],
)
def test_arguments_of_pyst_s_own_tools_are_told_like_those_of_scripts(
    tool: str, arguments: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(Failure) as caught:
        check_arguments(arguments, SCHEMAS[tool])
    assert caught.value.message == message
    assert hint in (caught.value.hint or "")


def test_tools_without_their_command_are_not_there(host: Host) -> None:
    assert builtins_of(host) == {}
    found = builtins_of(host._replace(details={"gc": {"type": "object"}}))
    assert list(found) == ["pyst_gc"]
    Draft202012Validator.check_schema(found["pyst_gc"][1]["outputSchema"])


@pytest.mark.parametrize("tool", sorted(SCHEMAS))
def test_every_schema_is_closed_and_says_what_it_is_about(tool: str) -> None:
    schema = SCHEMAS[tool]
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    forbidden = ("sandbox", "allow", "context", "cwd", "env", "uv", "force", "profile", "config", "lifeline")
    assert not [each for each in schema["properties"] if each.startswith(forbidden)]
