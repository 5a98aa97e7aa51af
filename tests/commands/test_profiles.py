"""Profiles: settings of confinement by name, between the settings and the options of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pyst.commands import config, explain, info, run
from tests.conftest import Home, Pyst

SETTINGS = """\
[sandbox]
memory = "1G"
[sandbox.allow]
read = ["/etc/hosts"]
[sandbox.deny]
env = ["SECRET_*"]
[profiles.ci.sandbox]
mode = "basic"
memory = "2G"
timeout_seconds = 60
[profiles.ci.sandbox.allow]
read = ["~/notes", "/etc/hostname"]
env = ["API_*", "SECRET_ONE"]
[profiles.ci.sandbox.deny]
net = ["evil.example:443"]
[profiles.open.sandbox]
mode = "off"
[profiles.narrow.sandbox.deny]
env = ["TOKEN"]
[profiles.other]
lazy_imports = true
warm = true
"""
BLOCK = '# /// script\n# [tool.pyst.permissions]\n# read = ["~/notes"]\n# env = ["SECRET_ONE"]\n# ///\nprint("ran")\n'


@pytest.fixture
def ground(home: Home) -> Path:
    """Settings with profiles, and a script `w`."""
    path = home.path / ".config" / "pyst" / "pyst.toml"
    path.parent.mkdir(parents=True)
    path.write_text(SETTINGS)
    (home.path / "notes").mkdir()
    home.script("w", BLOCK)
    return path


def planned(pyst: Pyst, *words: str, **given: Any) -> dict[str, Any]:
    ended = pyst("run", "--dry-run", "--format", "json", *words, **given)
    assert ended.code == 0, ended.out
    jsonschema.validate(ended.detail, run.DETAIL)
    return ended.detail


def rows(detail: dict[str, Any]) -> dict[str, tuple[str, str | None, str | None]]:
    return {f"{e['kind']} {e['item']}": (e["state"], e["by"], e["where"]) for e in detail["permissions"]["items"]}


def test_a_profile_is_laid_between_settings_and_options(pyst: Pyst, home: Home, ground: Path) -> None:
    detail = planned(pyst, "--profile", "ci", "w", API_KEY="1", SECRET_ONE="2")
    walls = detail["plan"]["walls"]
    assert walls["tier"] == "basic"
    assert walls["bounds"]["memory_bytes"] == 2 << 30
    assert walls["bounds"]["timeout_seconds"] == 60
    assert walls["env"] == ["API_KEY"], "what the settings deny is denied"
    assert {"/etc/hosts", "/etc/hostname", str(home.path / "notes")} <= set(walls["read"])
    assert detail["permissions"]["profile"] == "ci"
    found = rows(detail)
    assert found[f"read {home.path}/notes"] == ("granted", "profile", f"{ground}:12")
    assert found["read /etc/hosts"] == ("granted", "settings", f"{ground}:4")
    assert found["env SECRET_ONE"] == ("denied", "settings", f"{ground}:6")
    assert found["net evil.example:443"] == ("denied", "profile", f"{ground}:15")
    options = ("--sandbox=strict", "--max-memory=3G", "--deny-read=/etc/hostname")
    detail = planned(pyst, "--profile", "ci", *options, "w")
    assert detail["plan"]["walls"]["tier"] == "strict"
    assert detail["plan"]["walls"]["bounds"]["memory_bytes"] == 3 << 30
    assert rows(detail)["read /etc/hostname"] == ("denied", "flags", "--deny-read")


def test_the_variable_chooses_and_the_option_beats_it(pyst: Pyst, ground: Path) -> None:
    assert planned(pyst, "w", PYST_PROFILE="ci")["permissions"]["profile"] == "ci"
    assert planned(pyst, "--profile", "open", "w", PYST_PROFILE="ci")["permissions"] is None
    assert planned(pyst, "w", PYST_PROFILE="")["permissions"] is None
    assert planned(pyst, "--no-sandbox", "w", PYST_PROFILE="ci")["plan"]["walls"] is None


@pytest.mark.parametrize(
    ("name", "setting", "tier"),
    [
        ("ci", "off", "basic"),
        ("ci", "strict", "basic"),
        ("open", "strict", None),
        ("other", "off", None),
        ("other", "basic", "basic"),
        ("narrow", "off", "strict"),  # what it denies could not be kept otherwise
        ("narrow", "best-effort", "best-effort"),
        ("dev", "off", None),
        ("prod", "off", None),
        ("benchmark", "strict", "strict"),
    ],
)
def test_the_mode(pyst: Pyst, ground: Path, name: str, setting: str, tier: str | None) -> None:
    walls = planned(pyst, "--profile", name, "w", PYST_SANDBOX_MODE=setting)["plan"]["walls"]
    assert (walls and walls["tier"]) == tier


def test_options_ask_for_walls_past_a_profile_without_any(pyst: Pyst, ground: Path) -> None:
    assert planned(pyst, "--profile=open", "--sandbox", "w")["plan"]["walls"]["tier"] == "strict"


@pytest.mark.parametrize(("name", "hint"), [("cii", "did you mean `ci`?"), ("prd", "`prod`"), ("zzzz", "`benchmark`")])
def test_an_unknown_profile_is_a_usage_error(pyst: Pyst, ground: Path, name: str, hint: str) -> None:
    for words in (["run", "w"], ["run", "--no-sandbox", "w"], ["explain", "w"], ["info", "w"], ["config"]):
        ended = pyst(words[0], "--profile", name, *words[1:])
        assert (ended.code, ended.out) == (64, ""), words
        assert f"there is no profile `{name}`\n" in ended.err
        assert hint in ended.err
    ended = pyst("run", "--format", "json", "w", PYST_PROFILE=name)
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (64, "E_PROFILE")
    assert "(`PYST_PROFILE`)" in ended.json["diagnostics"][0]["message"]
    assert pyst("list", "--profile", name).code == 0, "what runs nothing needs no profile"


def test_a_profile_of_an_untrusted_project_can_only_narrow(pyst: Pyst, home: Home, ground: Path) -> None:
    (home.project / ".pyst.toml").write_text(
        '[profiles.ci.sandbox]\nmode = "off"\nmemory = "9G"\ntimeout_seconds = 5\n'
        '[profiles.ci.sandbox.allow]\nread = ["/"]\n[profiles.ci.sandbox.deny]\nread = ["/etc/hostname"]\n'
        '[profiles.theirs.sandbox]\nmode = "off"\nmemory = "9G"\n'
        '[profiles.tight.sandbox]\nmode = "strict"\ndisk = "1M"\n'
        '[profiles.vain.sandbox.allow]\nnet = ["*"]\n'
    )
    walls = planned(pyst, "--profile", "ci", "w")["plan"]["walls"]
    assert walls["tier"] == "basic"
    assert walls["bounds"]["memory_bytes"] == 2 << 30
    assert walls["bounds"]["timeout_seconds"] == 5
    assert "/" not in walls["read"]
    assert "/etc/hostname" not in walls["read"]
    for setting in ({"PYST_SANDBOX_MODE": "basic"}, {"PYST_SANDBOX_MODE": "strict", "PYST_SANDBOX_MEMORY": "1M"}):
        walls = planned(pyst, "--profile", "theirs", "w", **setting)["plan"]["walls"]
        assert walls["tier"] == setting["PYST_SANDBOX_MODE"], "variables are the user's word, too"
        assert walls["bounds"]["memory_bytes"] <= 1 << 30
    walls = planned(pyst, "--profile", "tight", "w")["plan"]["walls"]
    assert (walls["tier"], walls["bounds"]["disk_bytes"]) == ("strict", 1 << 20)
    assert planned(pyst, "--profile", "vain", "w")["plan"]["walls"] is None, "it is there, and says nothing that counts"
    ignored = {each["key"] for each in pyst("config", "--format", "json").detail["ignored"]}
    assert {"profiles.ci.sandbox.mode", "profiles.ci.sandbox.allow.read", "profiles.vain.sandbox.allow.net"} <= ignored
    assert pyst("trust", ".").code == 0
    detail = planned(pyst, "--profile", "vain", "w")
    assert detail["plan"]["walls"]["net"]["mode"] == "all"


def test_everything_shows_the_profile(pyst: Pyst, home: Home, ground: Path) -> None:
    told = pyst("explain", "--profile", "ci", "--format", "json", "w").detail
    jsonschema.validate(told, explain.DETAIL)
    assert told["profile"] == {"name": "ci", "chosen_by": "--profile"}
    assert told["permissions"]["mode"] == "basic"
    assert f"by the profile: {ground}:12" in pyst("explain", "--profile", "ci", "w").out
    told = pyst("info", "--format", "json", "w", PYST_PROFILE="ci").detail
    jsonschema.validate(told, info.DETAIL)
    assert (told["permissions"]["profile"], told["permissions"]["mode"]) == ("ci", "basic")
    assert "by the profile: " in pyst("info", "w", PYST_PROFILE="ci").out
    told = pyst("config", "--format", "json", PYST_PROFILE="ci").detail
    jsonschema.validate(told, config.DETAIL)
    assert told["profile"] == {"name": "ci", "chosen_by": "PYST_PROFILE"}
    assert "profile ci\n" in pyst("run", "--dry-run", "--profile", "ci", "w").out
    values = {each["key"]: each["value"] for each in told["settings"]}
    assert values["profiles.other.lazy_imports"] is True
    assert pyst("explain", "--format", "json", "w").detail["profile"] is None


def test_profiles_are_set_and_completed(pyst: Pyst, home: Home) -> None:
    assert pyst("config", "set", "profiles.ci.sandbox.mode", "strict").code == 0
    assert pyst("config", "set", "profiles.ci.sandbox.deny.env", "A", "B").code == 0
    assert pyst("config", "get", "profiles.ci.sandbox.deny.env").out == "A\nB\n"
    assert planned(pyst, "--profile", "ci", "-c", "1")["plan"]["walls"]["tier"] == "strict"
    offered = pyst("__complete", "--", "run", "--profile", "").out.split()
    assert {"dev", "prod", "benchmark", "ci"} <= set(offered)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profiles.ci]\n", "the profile `ci` says nothing"),
        ("[profiles.ci.sandbox]\nmodee = 1\n", "`mode`"),
        ("[profiles.ci.sandbox]\nmode = 'tight'\n", "`strict`, `basic`, `best-effort` or `off`"),
        ("[profiles.ci.sandbox.allow]\nreed = []\n", "`read`"),
        ("[profiles.'a b'.sandbox]\nmode = 'off'\n", "is no name"),
    ],
)
def test_mistakes_are_told_with_their_place(pyst: Pyst, home: Home, text: str, said: str) -> None:
    (home.project / ".pyst.toml").write_text(text)
    ended = pyst("list")
    assert ended.code == 1
    assert said in ended.err
    assert f"{home.project}/.pyst.toml:" in ended.err


def test_an_item_that_is_no_permission_is_told_with_its_line(pyst: Pyst, home: Home) -> None:
    home.script("w", "print(1)\n")
    (home.project / ".pyst.toml").write_text('[profiles.ci.sandbox.deny]\nnet = [\n  "a:1",\n  "a:b",\n]\n')
    ended = pyst("run", "--profile", "ci", "w")
    assert ended.code == 1
    assert f"{home.project}/.pyst.toml:4" in ended.err
