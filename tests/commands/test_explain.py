"""`pyst explain`: the verdict, the rule with its place, and the way on."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from pyst.commands import explain
from tests.conftest import Home, Pyst


@pytest.fixture(autouse=True)
def _scripts(home: Home) -> None:
    for name in ("build", "db/wipe"):
        home.script(name, "raise SystemExit('executed')\n")
    text = '[contexts.default]\nenabled = ["*",\n"!db/*"]\n[contexts.ops]\nextends = "default"\nenabled = ["db/wipe"]\n'
    (home.project / ".pyst.toml").write_text(text)


def detail(pyst: Pyst, *words: str, **environ: str) -> dict[str, Any]:
    ended = pyst("explain", *words, "--format", "json", **environ)
    assert ended.code == 0
    jsonschema.validate(ended.detail, explain.DETAIL)
    return ended.detail


def test_allowed(pyst: Pyst) -> None:
    found = detail(pyst, "build")
    assert (found["allowed"], found["rule"]["rule"], found["rule"]["line"]) == (True, "*", 2)
    assert found["ways_on"] == []


@pytest.mark.parametrize("word", ["db/wipe", "project:db/wipe", ".pyst/db/wipe.py", "./.pyst/db/wipe.py"])
def test_blocked_by_name_and_by_path(pyst: Pyst, home: Home, word: str) -> None:
    found = detail(pyst, word)
    assert not found["allowed"]
    rule = found["rule"]
    assert (rule["rule"], rule["path"], rule["line"]) == ("!db/*", str(home.project / ".pyst.toml"), 3)
    assert [each["rule"] for each in found["matching"]] == ["*", "!db/*"]
    assert any("--force" in way for way in found["ways_on"])
    assert any(":3" in way for way in found["ways_on"])
    plain = pyst("explain", word)
    assert plain.code == 0
    assert "blocked" in plain.out
    assert f"!db/*  ({home.project}/.pyst.toml:3)" in plain.out
    assert "--force" in plain.out


def test_the_context_is_chosen_by_flag_then_variable(pyst: Pyst) -> None:
    found = detail(pyst, "db/wipe", PYST_CONTEXT="ops")
    assert (found["allowed"], found["context"], found["chosen_by"]) == (True, "ops", "PYST_CONTEXT")
    assert [each["chain"] for each in found["matching"]] == [
        ["ops", "default"],
        ["ops", "default"],
        ["ops"],
    ]
    assert detail(pyst, "db/wipe", "--context", "default", PYST_CONTEXT="ops")["chosen_by"] == "--context"
    wrong = pyst("explain", "build", "--context", "op")
    assert wrong.code == 64
    assert "did you mean `ops`?" in wrong.err


def test_trust_and_ignored_settings_are_told(pyst: Pyst, home: Home) -> None:
    with (home.project / ".pyst.toml").open("a") as file:
        file.write('[core]\nintrospection = "import"\n')
    found = detail(pyst, "build")
    assert (found["trusted"], found["project_trusted"]) == (False, False)
    assert [each["key"] for each in found["ignored"]] == ["core.introspection"]
    pyst("trust", ".")
    found = detail(pyst, "build")
    assert (found["trusted"], found["project_trusted"], found["ignored"]) == (True, True, [])


def test_the_users_rules_hold_in_a_strangers_project(pyst: Pyst, home: Home) -> None:
    path = home.path / ".config/pyst/pyst.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[contexts.default]\nenabled = ["*", "!build"]\n')
    found = detail(pyst, "build")
    assert (found["allowed"], found["rule"]["path"]) == (False, str(path))
    pyst("trust", ".")
    assert detail(pyst, "build")["allowed"]


def test_no_rule_at_all(pyst: Pyst, home: Home) -> None:
    (home.project / ".pyst.toml").write_text('[contexts.default]\nenabled = ["x"]\n')
    found = detail(pyst, "build")
    assert (found["allowed"], found["rule"], found["matching"]) == (False, None, [])
    assert any("config edit" in way for way in found["ways_on"])


def test_an_unknown_script(pyst: Pyst) -> None:
    assert pyst("explain", "biuld").code == 127
