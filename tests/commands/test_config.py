"""`pyst config`: values with origins, changes that keep comments, edits that are never lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pyst.commands import config
from tests.conftest import Ended, Home, Pyst


def checked(ended: Ended) -> dict[str, Any]:
    """The detail of the JSON answer, held against its schema."""
    jsonschema.validate(ended.detail, config.DETAIL)
    return ended.detail


def editor(home: Home, text: str) -> str:
    """An editor that does what the shell `text` says with the file `$1`."""
    path = home.path / "editor"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def edits(home: Home) -> list[Path]:
    folder = home.path / ".local/state/pyst/edits"
    return list(folder.iterdir()) if folder.exists() else []


def test_every_setting_is_shown_with_its_origin(pyst: Pyst, home: Home) -> None:
    (home.project / ".pyst.toml").write_text('[core]\noffline = true\n[contexts.ci]\nenabled = ["*"]\n')
    detail = checked(pyst("config", "--format", "json", "--cwd", "script", PYST_CREATE_MODEL="m"))
    rows = {row["key"]: row for row in detail["settings"]}
    path = str(home.project / ".pyst.toml")
    assert rows["core.offline"] == {
        "key": "core.offline",
        "value": True,
        "origin": {"kind": "project", "path": path, "line": 2},
    }
    assert rows["contexts.ci.enabled"]["origin"]["line"] == 4
    assert rows["create.model"]["origin"] == {"kind": "variable", "path": "PYST_CREATE_MODEL", "line": None}
    assert rows["core.cwd"]["origin"] == {"kind": "flag", "path": "--cwd", "line": None}
    assert rows["core.precedence"] == {
        "key": "core.precedence",
        "value": "local",
        "origin": {"kind": "default", "path": None, "line": None},
    }
    assert (detail["root"], detail["marker"], detail["trusted"]) == (str(home.project), ".pyst.toml", False)
    plain = pyst("config", "show")
    assert f"{path}:2" in plain.out
    assert "core.precedence" in plain.out


def test_what_does_not_count_is_shown_with_its_reason(pyst: Pyst, home: Home) -> None:
    (home.project / ".pyst.toml").write_text('core.introspection = "import"\n')
    ended = pyst("config", "--format", "json")
    (ignored,) = checked(ended)["ignored"]
    assert (ignored["key"], ignored["origin"]["line"]) == ("core.introspection", 1)
    (remark,) = ended.json["diagnostics"]
    assert (remark["level"], remark["code"]) == ("warning", "W_UNTRUSTED_SETTINGS")
    assert remark["fix"]["command"] == "pyst trust ."
    plain = pyst("config")
    assert "ignored: core.introspection" in plain.out
    assert "pyst trust ." in plain.err


def test_get(pyst: Pyst) -> None:
    assert pyst("config", "get", "core.precedence").out == "local\n"
    assert pyst("config", "get", "document.redact").out == "SECRET_*\nAPI_KEY_*\n"
    assert pyst("config", "get", "core.offline", "--offline").out == "true\n"
    assert checked(pyst("config", "get", "core.uv.flags", "--format", "json"))["value"] == []
    assert pyst("config", "get", "document.model").out == "\n"
    unset = pyst("config", "get", "contexts.ci.enabled")
    assert (unset.code, "E_NOT_SET" in pyst("config", "get", "contexts.ci.enabled", "--format", "json").out) == (
        1,
        True,
    )
    wrong = pyst("config", "get", "core.ofline")
    assert wrong.code == 64
    assert "did you mean `core.offline`?" in wrong.err


def test_secrets_are_masked(pyst: Pyst) -> None:
    flags = "--index-url=https://user:hunter2@host/simple --token hunter3"
    for words in (("config",), ("config", "get", "core.uv.flags"), ("config", "--format", "json")):
        out = pyst(*words, PYST_UV_FLAGS=flags, PYST_SHARE_API_BASE="https://u:hunter4@h").out
        assert "hunter" not in out
        assert "****" in out


@pytest.mark.parametrize(
    "words", [("frobnicate",), ("get",), ("get", "a", "b"), ("set", "core.offline"), ("path", "x")]
)
def test_wrong_words_are_a_usage_error(pyst: Pyst, words: tuple[str, ...]) -> None:
    ended = pyst("config", *words, "--format", "json")
    assert ended.code == 64
    assert ended.json["diagnostics"][0]["code"] == "E_USAGE"


def test_set_keeps_comments_and_everything_else(pyst: Pyst, home: Home) -> None:
    path = home.path / ".config/pyst/pyst.toml"
    path.parent.mkdir(parents=True)
    before = '# mine\n[core]  # here\nprecedence = "global" # so\n\n[contexts.ci]\nenabled = [\n  "*", # all\n]\n'
    path.write_text(before)
    assert pyst("config", "set", "core.offline", "yes").code == 0
    assert pyst("config", "set", "core.uv.flags", "--", "--no-build", "-v").code == 0
    assert pyst("config", "set", "share.cooldown", "7 days").code == 0
    text = path.read_text()
    for line in before.splitlines():
        assert line in text
    assert pyst("config", "get", "core.offline").out == "true\n"
    assert pyst("config", "get", "core.uv.flags").out == "--no-build\n-v\n"
    assert pyst("config", "get", "share.cooldown").out == "604800\n"
    detail = checked(pyst("config", "set", "core.precedence", "local", "--format", "json"))
    assert detail == {"action": "set", "key": "core.precedence", "value": "local", "path": str(path), "kind": "global"}
    assert 'precedence = "local" # so' in path.read_text()


def test_set_in_the_project_says_when_it_has_no_effect(pyst: Pyst, home: Home) -> None:
    path = home.project / ".pyst.toml"
    ended = pyst("config", "set", "--project", "contexts.ci.enabled", "*", "!db-*")
    assert (ended.code, ended.err) == (0, "")
    assert path.read_text() == '[contexts.ci]\nenabled = ["*", "!db-*"]\n'
    assert pyst("config", "set", "contexts.ci.enabled", '["a"]', "--project").code == 0
    assert pyst("config", "get", "contexts.ci.enabled").out == "a\n"
    assert "without effect" in pyst("config", "set", "core.introspection", "--project", "import").err
    pyst("trust", ".")
    ended = pyst("config", "set", "--project", "test.jobs", "2", "--format", "json")
    assert [each["code"] for each in ended.json["diagnostics"]] == ["I_TRUST_ENDED"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("core.offline", "perhaps"), ("core.precedence", "near"), ("test.jobs", "-1"), ("core.cwd", "x"),
     ("core.uv.flags", "[1]"), ("core.uv.flags", "[x"), ("sandbox.memory", "2X"), ("core", "x"),
     ("contexts..enabled", "*")],
)  # fmt: skip
def test_a_wrong_value_changes_nothing(pyst: Pyst, home: Home, key: str, value: str) -> None:
    ended = pyst("config", "set", "--project", key, "--", value)
    assert ended.code == 64
    assert not (home.project / ".pyst.toml").exists()


def test_a_value_that_is_not_text_is_refused(pyst: Pyst, home: Home) -> None:
    ended = pyst("config", "set", "--project", "core.cwd", "/" + os.fsdecode(b"\xff"))
    assert ended.code == 1
    assert "not UTF-8" in ended.err
    assert not (home.project / ".pyst.toml").exists()


def test_a_file_that_is_broken_is_not_touched(pyst: Pyst, home: Home) -> None:
    path = home.project / ".pyst.toml"
    for text in (b"[core\n", b"\xff", b"[core]\nnothing = 1\n", b"core = 1\n"):
        path.write_bytes(text)
        ended = pyst("config", "set", "--project", "core.offline", "true")
        assert ended.code == 1
        assert path.read_bytes() == text


def test_odd_layouts_are_changed_rightly_or_not_at_all(pyst: Pyst, home: Home) -> None:
    path = home.project / ".pyst.toml"
    for text in (
        "core.offline = false\n",
        "core = { offline = false }\n",
        '[core]\n[test]\njobs = 1\n[core.uv]\nflags = ["a"]\n',
        'contexts = { a = { enabled = ["*"] } }\n',
        "\ufeff# mark\n",
        "[core]\r\noffline = false\r\n",
    ):
        path.write_text(text, newline="")
        for key, value in (("core.offline", "true"), ("core.uv.flags", "b"), ("contexts.b.enabled", "x")):
            before = path.read_bytes()
            if pyst("config", "set", "--project", key, value).code:
                assert path.read_bytes() == before
            else:
                assert pyst("config", "get", key, "--format", "json").code == 0


def test_paths(pyst: Pyst, home: Home) -> None:
    (home.project / ".pyst.toml").write_text("[broken")
    detail = checked(pyst("config", "path", "--format", "json"))
    assert [(row["kind"], row["exists"], row["trusted"]) for row in detail["files"]] == [
        ("project", True, False),
        ("pyproject", False, False),
        ("global", False, True),
    ]
    assert pyst("config", "path", "--project").out == f"{home.project}/.pyst.toml\n"
    assert pyst("config", "path", "--global", "--config", "x.toml").out == f"{home.project}/x.toml\n"
    assert "absent" in pyst("config", "path").out


def test_edit_replaces_the_file_when_it_can_be_used(pyst: Pyst, home: Home) -> None:
    path = home.project / ".pyst.toml"
    ended = pyst("config", "edit", "--project", VISUAL=editor(home, 'echo "core.offline = true" >> "$1"'))
    assert (ended.code, ended.out) == (0, f"changed: {path}\n")
    assert path.read_text().endswith("core.offline = true\n")
    assert edits(home) == []
    ended = pyst("config", "edit", "--project", "--format", "json", EDITOR=editor(home, "exit 0"))
    assert checked(ended) == {"action": "edit", "path": str(path), "changed": False}
    assert edits(home) == []


def test_an_edit_that_can_not_be_used_is_kept(pyst: Pyst, home: Home) -> None:
    path = home.project / ".pyst.toml"
    path.write_text("core.offline = true\n")
    ended = pyst("config", "edit", "--project", VISUAL=editor(home, 'echo "[cor" >> "$1"'))
    assert ended.code == 1
    assert path.read_text() == "core.offline = true\n"
    (kept,) = edits(home)
    assert kept.read_text() == "core.offline = true\n[cor\n"
    assert str(kept) in ended.err
    assert "as it was" in ended.err


def test_one_may_edit_again(pyst: Pyst, home: Home) -> None:
    script = 'if grep -q cor "$1"; then echo "test.jobs = 3" > "$1"; else echo "cor = 1" > "$1"; fi'
    ended = pyst("--yes", "config", "edit", VISUAL=editor(home, script))
    assert ended.code == 0
    assert "unknown key `cor`" in ended.err
    assert pyst("config", "get", "test.jobs").out == "3\n"
    stubborn = pyst("--yes", "config", "edit", VISUAL=editor(home, 'echo "cor = 1" > "$1"'))
    assert stubborn.code == 1


def test_what_another_wrote_meanwhile_stays(pyst: Pyst, home: Home) -> None:
    path = home.project / ".pyst.toml"
    script = f'echo "test.jobs = 1" > "$1"; echo "test.jobs = 2" > {path}'
    ended = pyst("config", "edit", "--project", VISUAL=editor(home, script))
    assert ended.code == 1
    assert path.read_text() == "test.jobs = 2\n"
    assert [each.read_text() for each in edits(home)] == ["test.jobs = 1\n"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("exit 3", "exit code 3"), ('rm "$1"', "left nothing"), ('rm "$1"; mkfifo "$1"', "not a regular file")],
)
def test_an_editor_that_fails_changes_nothing(pyst: Pyst, home: Home, text: str, said: str) -> None:
    ended = pyst("config", "edit", "--project", VISUAL=editor(home, text))
    assert ended.code == 1
    assert said in ended.err
    assert not (home.project / ".pyst.toml").exists()


def test_no_editor(pyst: Pyst) -> None:
    for wish in ("no-such-editor", "'open", ""):
        ended = pyst("config", "edit", VISUAL=wish, EDITOR=wish, PATH="/nowhere")
        assert ended.code == 1
        assert "VISUAL" in ended.err or "words" in ended.err


def test_folders_that_can_not_be_written_are_told(pyst: Pyst, home: Home) -> None:
    (home.path / ".config").write_text("")
    ended = pyst("config", "set", "core.offline", "true", "--format", "json")
    assert ended.code == 1
    assert ended.json["diagnostics"][0]["code"] in ("E_WRITE", "E_CONFIG")


@pytest.mark.parametrize("where", ["/nonexistent", "/dev/null/x"])
def test_a_home_that_is_not_there_is_no_trouble(pyst: Pyst, where: str) -> None:
    assert pyst("config", "get", "core.cwd", HOME=where).out == "project\n"
    assert pyst("trust", "--list", HOME=where).code == 0


def test_names_in_hostile_settings_reach_no_terminal_raw(pyst: Pyst, home: Home) -> None:
    (home.project / ".pyst.toml").write_text('"\\u001b[31mred" = 1\n')
    ended = pyst("config")
    assert ended.code == 1
    assert "\x1b" not in ended.err
    assert json.loads(pyst("config", "--format", "json").out)["diagnostics"][0]["code"] == "E_CONFIG"
    assert os.linesep in ended.err


def test_flags_in_one_word_are_split_as_a_shell_does_it(pyst: Pyst) -> None:
    assert pyst("config", "set", "core.uv.flags", "--no-build --index-url 'https://a b'").code == 0
    assert pyst("config", "get", "core.uv.flags", "--format", "json").detail["value"] == [
        "--no-build",
        "--index-url",
        "https://a b",
    ]
    assert pyst("config", "set", "core.uv.flags", "--no-build '").code == 64
