"""`pyst run` with options of confinement: when a run is confined, what it may reach, what is refused and how."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pyst.app import App
from pyst.cli.main import main
from pyst.commands import explain, info, run
from tests.conftest import Ended, Home, Pyst

BLOCK = """\
# /// script
# dependencies = []
# [tool.pyst.permissions]
# read = ["data", "~/notes"]
# net = ["api.example.org:443"]
# env = ["API_*"]
# ///
"""


def planned(pyst: Pyst, *words: str, **given: Any) -> dict[str, Any]:
    """The detail of a dry run, held against its schema."""
    ended: Ended = pyst("run", "--dry-run", "--format", "json", *words, **given)
    assert ended.code == 0, ended.out
    jsonschema.validate(ended.detail, run.DETAIL)
    return ended.detail


def states(detail: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {f"{each['kind']} {each['item']}": (each["state"], each["by"]) for each in detail["permissions"]["items"]}


@pytest.fixture
def wants(home: Home) -> Path:
    """A script that declares permissions; what it wants to read exists."""
    (home.project / "data").mkdir()
    (home.path / "notes").mkdir()
    return home.script("wants", BLOCK + "print('ran')\n")


def test_declaring_permissions_confines_nothing(pyst: Pyst, wants: Path) -> None:
    detail = planned(pyst, "wants")
    assert (detail["plan"]["walls"], detail["permissions"]) == (None, None)
    assert pyst("run", "wants").out == "ran\n"


@pytest.mark.parametrize(
    ("words", "tier"),
    [
        (("--sandbox",), "strict"),
        (("--sandbox=basic",), "basic"),
        (("--sandbox=best-effort",), "best-effort"),
        (("--allow-read=.",), "strict"),
        (("--allow-net",), "strict"),
        (("--deny-env=X",), "strict"),
        (("--max-memory=1G",), "strict"),
        (("--max-processes", "9"), "strict"),
        ((), None),
        (("--no-sandbox",), None),
    ],
)
def test_any_option_of_confinement_confines(pyst: Pyst, home: Home, words: tuple[str, ...], tier: str | None) -> None:
    home.script("x", "print(1)\n")
    walls = planned(pyst, *words, "x")["plan"]["walls"]
    assert (walls and walls["tier"]) == tier


def test_an_option_without_a_value_leaves_the_next_word_alone(pyst: Pyst, home: Home) -> None:
    home.script("x", "print(1)\n")
    for option in ("--sandbox", "--allow-read", "--allow-net", "--deny-run"):
        detail = planned(pyst, option, "x", "strict", "--sandbox=basic")
        assert detail["plan"]["argv"][-2:] == ["strict", "--sandbox=basic"]
        assert detail["plan"]["walls"]["tier"] == "strict"


def test_what_is_allowed_is_in_the_walls(pyst: Pyst, home: Home) -> None:
    path = home.script("x", "print(1)\n")
    (home.project / "in").mkdir()
    (home.project / "out").mkdir()
    detail = planned(
        pyst,
        "--allow-read=in,~",
        "--allow-write=out",
        "--deny-read=in/secret",
        "--allow-net=a.example:443",
        "--allow-net=[::1]:80,private",
        "--allow-env=AB*",
        "--deny-env=ABD",
        "--allow-run=sh",
        "x",
        ABC="1",
        ABD="2",
        B="3",
    )
    plan = detail["plan"]
    found = plan["walls"]
    assert found["read"] == [str(path), str(home.path), str(home.project / "in")]
    assert found["write"] == [str(home.project / "out")]
    assert found["denied"] == [str(home.project / "in/secret")]
    assert found["net"] == {
        "mode": "hosts",
        "hosts": [{"host": "::1", "port": 80}, {"host": "a.example", "port": 443}],
        "private": True,
    }
    assert found["env"] == ["ABC"]
    assert plan["unset_variables"] == ["ABD"]
    assert [os.path.basename(each) for each in found["run"]] == [os.path.basename(os.path.realpath("/bin/sh"))]


def test_paths_of_options_start_here_and_those_of_the_block_where_the_run_starts(
    pyst: Pyst, home: Home, wants: Path
) -> None:
    below = home.project / "data"
    (below / "data").mkdir()
    found = states(planned(pyst, "--allow-read=data", "wants", cwd=below))
    assert found[f"read {below}/data"] == ("granted", "flags")
    assert found[f"read {below}"] == ("missing", None)
    found = states(planned(pyst, "--allow-read=.", "wants", cwd=below))
    assert found[f"read {below}"] == ("granted", "flags")


def test_links_are_followed_before_anything_is_compared(pyst: Pyst, home: Home, wants: Path) -> None:
    (home.project / "data").rmdir()
    (home.project / "data").symlink_to(home.path / "notes")
    (home.project / "alias").symlink_to(home.path)
    found = states(planned(pyst, "--allow-read=alias", "wants"))
    assert found[f"read {home.path / 'notes'}"] == ("granted", "flags")
    detail = planned(pyst, "--allow-read=alias", "--deny-read=data", "wants")
    assert str(home.path / "notes") in detail["plan"]["walls"]["denied"]


def test_what_does_not_exist_is_remarked_on(pyst: Pyst, home: Home) -> None:
    home.script("x", "print(1)\n")
    ended = pyst("run", "--dry-run", "--format", "json", "--allow-write=nowhere", "x")
    assert ended.detail["plan"]["walls"]["write"] == []
    assert [each["code"] for each in ended.json["diagnostics"]] == ["W_ABSENT"]


def test_pyst_s_own_folders_are_not_for_scripts(pyst: Pyst, home: Home) -> None:
    home.script("x", "print(1)\n")
    denied = planned(pyst, "--allow-write=~", "x")["plan"]["walls"]["denied"]
    own = [".config/pyst", ".local/share/pyst", ".cache/pyst", ".local/state/pyst"]
    assert set(denied) == {str(home.path / each) for each in own}
    ended = pyst("run", "--allow-write=~/.cache/pyst/plans-v1", "x")
    (home.path / ".cache/pyst/plans-v1").mkdir(exist_ok=True)
    ended = pyst("run", "--allow-write=~/.cache/pyst/plans-v1", "x", "--format", "json")
    assert ended.code == 101
    assert "is pyst's own" in ended.err


def test_limits(pyst: Pyst, home: Home) -> None:
    home.script("x", "print(1)\n")
    words = ["--max-memory=512M", "--max-cpu=3", "--max-processes=4", "--max-file-size=1k", "--max-disk", "2G"]
    detail = planned(pyst, *words, "--timeout", "1.5", "x")
    assert detail["plan"]["walls"]["bounds"] == {
        "timeout_seconds": 1.5,
        "memory_bytes": 512 << 20,
        "cpu_seconds": 3,
        "processes": 4,
        "file_bytes": 1024,
        "disk_bytes": 2 << 30,
    }
    assert detail["plan"]["limits"] == {"timeout_seconds": 1.5}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--sandbox=none",), "invalid choice"),
        (("--sandbox", "--no-sandbox"), "`--no-sandbox` goes with no other option"),
        (("--no-sandbox", "--allow-net"), "`--no-sandbox` goes with no other option"),
        (("--allow-net=http://x",), "`--allow-net`"),
        (("--allow-env=a b",), "`--allow-env`"),
        (("--deny-read=~x",), "`--deny-read`"),
        (("--max-memory=lots",), "`512M`"),
        (("--max-memory=0",), "`512M`"),
        (("--max-processes=-1",), "whole number"),
        (("--max-cpu=1.5",), "whole number"),
    ],
)
def test_what_can_t_be_understood_is_a_usage_error(pyst: Pyst, home: Home, words: tuple[str, ...], told: str) -> None:
    home.script("x", "print(1)\n")
    ended = pyst("run", *words, "x")
    assert ended.code == 64
    assert told in ended.err


def test_a_script_that_asks_for_more_is_refused_with_the_way_on(pyst: Pyst, home: Home, wants: Path) -> None:
    ended = pyst("run", "--sandbox", "wants", "--format", "json")
    assert ended.code == 101
    ended = pyst("run", "--sandbox", "--format", "json", "wants")
    remark = ended.json["diagnostics"][0]
    assert (ended.code, remark["code"], ended.json["status"]) == (101, "E_PERMISSION", "error")
    assert f"read `{home.path}/notes`" in remark["message"]
    flags = f"--allow-read={home.path}/notes,{home.project}/data --allow-net=api.example.org:443 '--allow-env=API_*'"
    assert f"`{flags}`" in remark["hint"]
    assert "pyst grants allow wants" in remark["hint"]
    import shlex

    detail = planned(pyst, *shlex.split(flags), "wants")
    assert {state for state, _ in states(detail).values()} == {"granted"}


def test_what_is_denied_is_not_asked_for(pyst: Pyst, wants: Path) -> None:
    found = states(planned(pyst, "--deny-read=/", "--deny-net", "--deny-env=API_*", "wants"))
    assert {state for state, _ in found.values()} == {"denied"}


def test_a_dry_run_shows_what_is_missing(pyst: Pyst, home: Home, wants: Path) -> None:
    shown = pyst("run", "--dry-run", "--sandbox", "--allow-net=api.example.org", "wants").out
    assert "walls  strict" in shown
    assert f"missing  read   {home.path}/notes  (declared by the script)" in shown
    assert "granted  net    api.example.org:443  (declared by the script, by an option)" in shown


def test_a_denial_that_no_wall_can_keep_is_refused(pyst: Pyst, home: Home) -> None:
    home.script("x", "print(1)\n")
    ended = pyst("run", "--allow-net", "--deny-net=evil.example", "x")
    assert (ended.code, "`evil.example:*` is denied inside of a wider address" in ended.err) == (101, True)


# Settings


def settings(home: Home, text: str) -> None:
    path = home.path / ".config/pyst/pyst.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_settings_confine_and_grant(pyst: Pyst, home: Home, wants: Path) -> None:
    settings(
        home,
        "[sandbox]\nmode = 'basic'\nmemory = '1G'\ntimeout_seconds = 7\ndisk = '3M'\n"
        "[sandbox.allow]\nread = ['~/notes']\nnet = ['*.example.org:443']\n[sandbox.deny]\nenv = ['API_SECRET']\n",
    )
    detail = planned(pyst, "--max-memory=2G", "wants", API_SECRET="x")
    walls = detail["plan"]["walls"]
    assert (walls["tier"], walls["bounds"]["memory_bytes"], walls["bounds"]["disk_bytes"]) == (
        "basic",
        2 << 30,
        3 << 20,
    )
    assert detail["plan"]["limits"]["timeout_seconds"] == 7
    found = states(detail)
    assert found[f"read {home.path}/notes"] == ("granted", "settings")
    assert found["net api.example.org:443"] == ("granted", "settings")
    assert found["env API_*"] == ("missing", None)
    assert planned(pyst, "--no-sandbox", "wants")["plan"]["walls"] is None


def test_an_untrusted_project_may_only_narrow(pyst: Pyst, home: Home, wants: Path) -> None:
    settings(home, "[sandbox]\nmode = 'strict'\nmemory = '1G'\n[sandbox.deny]\nread = ['/etc']\n")
    (home.project / ".pyst.toml").write_text(
        "[sandbox]\nmode = 'off'\nmemory = '9G'\nprocesses = 3\n"
        "[sandbox.allow]\nread = ['/']\nwrite = ['/']\nnet = ['*']\nenv = ['*']\nrun = ['*']\n"
        "[sandbox.deny]\nread = ['data']\n"
    )
    detail = planned(pyst, "wants")
    walls = detail["plan"]["walls"]
    assert walls["tier"] == "strict"
    assert (walls["bounds"]["memory_bytes"], walls["bounds"]["processes"]) == (1 << 30, 3)
    assert (walls["write"], walls["env"], walls["run"], walls["net"]["mode"]) == ([], [], [], "off")
    found = states(detail)
    assert found["read /etc"] == ("denied", "settings")
    assert found[f"read {home.project}/data"] == ("denied", "settings")
    assert pyst("trust", ".").code == 0
    assert planned(pyst, "wants")["plan"]["walls"] is None


def test_a_project_may_switch_the_sandbox_on(pyst: Pyst, home: Home, wants: Path) -> None:
    (home.project / ".pyst.toml").write_text("[sandbox]\nmode = 'strict'\n")
    assert planned(pyst, "wants")["plan"]["walls"]["tier"] == "strict"


def test_a_permission_of_the_settings_that_says_nothing_has_a_place(pyst: Pyst, home: Home, wants: Path) -> None:
    settings(home, "[sandbox]\nmode = 'strict'\n[sandbox.allow]\nnet = [\n 'a:1',\n 'http://b',\n]\n")
    ended = pyst("run", "wants", "--format", "json")
    assert ended.code == 1
    assert "pyst.toml:6, key `sandbox.allow.net`" in ended.err


# Variables of env files


def test_the_user_s_own_env_file_is_not_for_confined_scripts(pyst: Pyst, home: Home) -> None:
    home.script("x", "print(1)\n")
    settings(home, "")
    (home.path / ".config/pyst/.env").write_text("TOKEN_OF_MINE=1\nOPEN=2\n")
    (home.project / "own.env").write_text("GIVEN=3\n")
    names = planned(pyst, "--sandbox", "--allow-env=OPEN", "--env-file", "own.env", "x")["plan"]["set_variables"]
    assert set(names) == {"OPEN", "GIVEN"}
    assert set(planned(pyst, "x")["plan"]["set_variables"]) == {"TOKEN_OF_MINE", "OPEN"}


# What is told


def test_info_and_explain_tell_of_permissions(pyst: Pyst, home: Home, wants: Path) -> None:
    assert pyst("grants", "allow", "wants", "--allow-net=api.example.org:443").code == 0
    for words, module in ((("info", "wants"), info), (("explain", "wants"), explain)):
        ended = pyst(*words, "--format", "json")
        jsonschema.validate(ended.detail, module.DETAIL)
        found = states(ended.detail)
        assert found["net api.example.org:443"] == ("granted", "remembered")
        assert found["env API_*"] == ("missing", None)
        assert ended.detail["permissions"]["mode"] == "off"
        assert "api.example.org:443" in pyst(*words).out


def test_a_wrong_declaration_is_told_where_it_matters(pyst: Pyst, home: Home) -> None:
    home.script("bad", "# /// script\n# [tool.pyst.permissions]\n# raed = []\n# ///\nprint('ran')\n")
    assert pyst("run", "bad").out == "ran\n"
    ended = pyst("run", "--sandbox", "bad")
    assert ended.code == 1
    assert "bad.py:3, key `tool.pyst.permissions.raed`" in ended.err
    assert "did you mean `read`?" in ended.err
    shown = pyst("info", "bad", "--format", "json")
    assert (shown.code, shown.detail["permissions"]) == (0, None)
    assert shown.json["diagnostics"][0]["code"] == "E_PERMISSIONS"


# Being asked


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def asked(home: Home, answer: str, *words: str) -> tuple[int, str, list[Any]]:
    """Run pyst on a terminal on which `answer` is typed: the exit code, what was shown, and the plans executed."""
    err = Terminal()
    ran: list[Any] = []

    def make_app(**given: Any) -> App:
        return App(
            environ=home.environ,
            cwd=str(home.project),
            stdin=Terminal(answer),
            stdout=io.StringIO(),
            stderr=err,
            **given,
        )

    import pyst.running.supervise as supervision
    from pyst.running.plan import Outcome

    real = supervision.supervise
    supervision.supervise = lambda plan, environ, **more: ran.append(plan) or Outcome(0, None, False, 0.1)  # type: ignore[func-returns-value]
    try:
        code = main(list(words), make_app)
    finally:
        supervision.supervise = real
    return code, err.getvalue(), ran


def test_on_a_terminal_it_is_asked(home: Home, wants: Path) -> None:
    code, shown, ran = asked(home, "no\n", "run", "--sandbox", "wants")
    assert (code, ran) == (101, [])
    assert "asks for what it was not granted" in shown
    assert "net    api.example.org:443" in shown
    code, _, ran = asked(home, "once\n", "run", "--sandbox", "wants")
    assert code == 0
    assert ran[0].walls.net.hosts == (("api.example.org", 443),)
    for empty in ("\n", "", "yes\n", "al ways\n"):
        assert asked(home, empty, "run", "--sandbox", "wants")[0] == 101
    assert asked(home, "a\n", "run", "--sandbox", "wants")[0] == 0
    code, shown, ran = asked(home, "", "run", "--sandbox", "wants")
    assert (code, shown, len(ran)) == (0, "", 1)
    wants.write_text(BLOCK + "print('other')\n")
    code, shown, _ = asked(home, "n\n", "run", "--sandbox", "wants")
    assert code == 101
    assert "the script has changed since" in shown
    kept = json.loads((home.path / ".local/share/pyst/grants.json").read_text())
    assert len(kept["grants"]) == 1


def test_yes_grants_once_and_is_not_remembered(home: Home, wants: Path) -> None:
    code, _, ran = asked(home, "", "run", "--yes", "--sandbox", "wants")
    assert (code, len(ran)) == (0, 1)
    assert not (home.path / ".local/share/pyst/grants.json").exists()


def test_hostile_words_do_not_reach_the_terminal(home: Home) -> None:
    block = '# /// script\n# [tool.pyst.permissions]\n# read = ["/a\\u001b[31m"]\n# ///\n'
    home.script("evil", block)
    code, shown, _ = asked(home, "no\n", "--no-color", "run", "--sandbox", "evil")
    assert code == 1
    assert "\x1b" not in shown


def test_settings_that_do_not_count_are_told_by_run_and_do_not_keep_it_from_its_memo(pyst: Pyst, home: Home) -> None:
    home.script("x", "print('ran')\n")
    (home.project / ".pyst.toml").write_text('[core.uv]\nflags = ["-v"]\n[sandbox.allow]\nread = ["/"]\n')
    said = "not trusted, so without effect: `core.uv.flags`, `sandbox.allow.read`; try `pyst trust .`"
    ended = pyst("run", "x")
    assert ended.out == "ran\n"
    assert ended.err.count(said) == 1
    assert pyst("run", "-q", "x").err == ""
    told = pyst("run", "--format", "json", "x").json["diagnostics"]
    assert [each["code"] for each in told] == ["W_UNTRUSTED_SETTINGS"]
    assert said in pyst("run", "--dry-run", "x").err
    assert pyst("trust", ".").code == 0
    assert pyst("run", "--format", "json", "x").json["diagnostics"] == []


WISH = "# /// script\n# [tool.pyst]\n# sandbox = {}\n# ///\nprint('ran')\n"


@pytest.mark.parametrize("tier", ["strict", "basic", "best-effort"])
def test_a_script_may_wish_to_be_confined(pyst: Pyst, home: Home, tier: str) -> None:
    home.script("shy", WISH.format(f'"{tier}"'))
    detail = planned(pyst, "shy")
    assert detail["plan"]["walls"]["tier"] == tier
    assert (detail["permissions"]["mode"], detail["permissions"]["wished"]) == (tier, tier)
    shown = pyst("info", "shy", "--format", "json").detail
    assert shown["permissions"]["mode"] == tier


@pytest.mark.parametrize("words", [("--no-sandbox",), ("--profile", "open")])
def test_the_user_beats_the_wish(pyst: Pyst, home: Home, words: tuple[str, ...]) -> None:
    (home.path / ".config" / "pyst").mkdir(parents=True)
    (home.path / ".config" / "pyst" / "pyst.toml").write_text('[profiles.open.sandbox]\nmode = "off"\n')
    home.script("shy", WISH.format('"strict"'))
    assert planned(pyst, *words, "shy")["plan"]["walls"] is None


def test_settings_and_options_say_the_tier(pyst: Pyst, home: Home) -> None:
    home.script("shy", WISH.format('"basic"'))
    assert planned(pyst, "--sandbox=strict", "shy")["plan"]["walls"]["tier"] == "strict"
    assert planned(pyst, "--allow-read=.", "shy")["plan"]["walls"]["tier"] == "strict"
    (home.path / ".config" / "pyst").mkdir(parents=True)
    (home.path / ".config" / "pyst" / "pyst.toml").write_text('[sandbox]\nmode = "strict"\n')
    assert planned(pyst, "shy")["plan"]["walls"]["tier"] == "strict"


@pytest.mark.parametrize("value", ['"off"', "true", '"Strict"', "5", "[]"])
def test_a_wish_that_is_none_stops_the_run(pyst: Pyst, home: Home, value: str) -> None:
    path = home.script("shy", WISH.format(value))
    ended = pyst("run", "--format", "json", "shy")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_PERMISSIONS")
    assert ended.json["diagnostics"][0]["where"] == f"{path}:3, key `tool.pyst.sandbox`"
    assert pyst("list").code == 0
