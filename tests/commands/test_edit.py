"""`pyst edit` in one process, with a model on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyst.errors import ExitCode
from tests.conftest import Ended, Home, Pyst
from tests.support.model_scripts import CODE, script
from tests.support.model_server import ModelServer, answer

BLOCK = """\
# /// script
# requires-python = ">=3.10"
# dependencies = []
# [tool.uv]
# exclude-newer = "2026-01-01T00:00:00Z"
# [tool.pyst.permissions]
# read = ["notes"]
# ///
"""
BEFORE = BLOCK + CODE
LOUD = CODE.replace('print(f"', 'print(f"LOUD ')


@pytest.fixture
def names(home: Home) -> Path:
    return home.script("names", BEFORE)


def edit(pyst: Pyst, server: ModelServer, *words: str, **environ: str) -> Ended:
    return pyst("edit", "--model", "openai-chat:gpt-5", *words, **{**server.environ, **environ})


def loud(code: str = LOUD) -> dict[str, Any]:
    return script(code, permissions={"read": ["notes"]})


def test_a_script_is_changed_and_the_old_one_kept(pyst: Pyst, server: ModelServer, names: Path) -> None:
    names.chmod(0o750)
    server.says(loud())
    done = edit(pyst, server, "names", "be loud", "--yes", "--format", "json")
    assert done.code == 0, done.out
    detail = done.detail
    assert (detail["action"], Path(detail["kept"]).read_text()) == ("changed", BEFORE)
    after = names.read_text()
    assert after.endswith(LOUD)
    assert '# exclude-newer = "2026-01-01T00:00:00Z"' in after
    assert "sandbox" not in after
    assert names.stat().st_mode & 0o777 == 0o750
    assert '+        print(f"LOUD' in done.err
    sent = server.asked[0]["messages"][-1]["content"]
    assert "be loud" in sent
    assert "for number in range(count)" in sent
    assert "# /// script" not in sent


def test_a_change_can_be_undone_and_the_undoing_too(pyst: Pyst, server: ModelServer, names: Path) -> None:
    server.says(loud())
    assert edit(pyst, server, "names", "be loud", "--yes").code == 0
    after = names.read_text()
    done = pyst("edit", "names", "--undo", "--yes", "--format", "json")
    assert (done.code, done.detail["action"], names.read_text()) == (0, "undone", BEFORE)
    assert pyst("edit", "names", "--undo", "--yes").code == 0
    assert names.read_text() == after
    server.says(loud(LOUD + "# third\n"))
    assert edit(pyst, server, "names", "more", "--yes").code == 0
    assert pyst("edit", "names", "--undo", "2", "--yes").code == 0
    assert names.read_text() == BEFORE
    assert pyst("edit", "names", "--undo", "--yes").code == 0
    assert names.read_text().endswith("# third\n")
    assert pyst("edit", "names", "--undo", "1").code == ExitCode.USAGE  # nobody to ask
    done = pyst("edit", "names", "--undo", "7", "--yes", "--format", "json")
    assert done.json["diagnostics"][0]["code"] == "E_NOTHING_KEPT"


def test_what_was_kept_and_is_damaged_is_not_brought_back(pyst: Pyst, server: ModelServer, names: Path) -> None:
    server.says(loud())
    done = edit(pyst, server, "names", "be loud", "--yes", "--format", "json")
    Path(done.detail["kept"]).write_text("damaged")
    after = names.read_text()
    done = pyst("edit", "names", "--undo", "--yes", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_KEPT")
    assert names.read_text() == after


def test_yes_widens_no_permissions(pyst: Pyst, server: ModelServer, names: Path) -> None:
    server.says(script(LOUD, permissions={"read": ["notes"], "net": ["example.org:443"]}))
    done = edit(pyst, server, "names", "be loud", "--yes", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.BLOCKED, "E_PERMISSIONS")
    assert "example.org:443" in done.json["diagnostics"][0]["message"]
    assert names.read_text() == BEFORE


def test_what_does_not_pass_changes_nothing(pyst: Pyst, server: ModelServer, names: Path) -> None:
    server.says(loud(code="def main(:\n"))
    done = edit(pyst, server, "names", "be loud", "--yes", "--format", "json", PYST_CREATE_RETRIES="1")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_DRAFT")
    assert names.read_text() == BEFORE


def test_the_same_again_is_no_change(pyst: Pyst, server: ModelServer, home: Home) -> None:
    path = home.script("bare", CODE)
    server.says(script())
    done = edit(pyst, server, "bare", "do nothing", "--yes", "--format", "json")
    assert (done.code, done.detail["action"], done.detail["kept"]) == (0, "unchanged", None)
    assert path.read_text() == CODE


def test_a_shebang_line_ends_and_another_entry_stay(pyst: Pyst, server: ModelServer, home: Home) -> None:
    old = '#!/usr/bin/env python3\n"""Print."""\nimport sys\n\nprint(sys.argv[1:])\n'
    path = home.script("plain", old.replace("\n", "\r\n"))
    server.says(script('#!/bin/sh\n"""Print."""\nimport sys\n\nprint(*sys.argv[1:])\n'))
    assert edit(pyst, server, "plain", "without brackets", "--yes").code == 0
    assert path.read_bytes() == old.replace("print(sys", "print(*sys").replace("\n", "\r\n").encode()


def test_what_was_changed_meanwhile_stays(pyst: Pyst, server: ModelServer, names: Path) -> None:
    def meanwhile(talk: Any) -> None:
        names.write_text("mine\n")
        answer(loud())(talk)

    server.says(meanwhile)
    done = edit(pyst, server, "names", "be loud", "--yes", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_CHANGED")
    assert names.read_text() == "mine\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1  # pyst: nodoc\n", "E_KEPT_BACK"),
        ("# pyst: nodoc-file\n", "E_KEPT_BACK"),
        ("x = (  # pyst: nodoc\n", "E_KEPT_BACK"),
        ('TOKEN = "sk-canary-0123456789abcdef"\n', "E_SECRET"),
    ],
)
def test_what_is_kept_back_is_not_sent(pyst: Pyst, server: ModelServer, home: Home, text: str, code: str) -> None:
    home.script("words", CODE + text)
    done = edit(pyst, server, "words", "be loud", "--yes", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, code)
    assert server.asked == []
    assert "canary" not in done.out + done.err


def test_an_ignored_file_is_not_sent(pyst: Pyst, server: ModelServer, home: Home, names: Path) -> None:
    (home.project / ".pystdocignore").write_text(".pyst/na*\n")
    done = edit(pyst, server, "names", "be loud", "--yes", "--format", "json")
    assert done.json["diagnostics"][0]["code"] == "E_KEPT_BACK"
    assert done.json["diagnostics"][0]["where"].endswith(".pystdocignore:1")
    assert server.asked == []


def test_a_link_of_a_project_sends_no_file_from_elsewhere(pyst: Pyst, server: ModelServer, home: Home) -> None:
    """A repository may have links to files of whoever clones it; that one is not what it seems is not shown before."""
    outside = home.path / "work" / "private.py"
    outside.parent.mkdir()
    outside.write_text(CODE)
    link = home.script("words", "")
    link.unlink()
    link.symlink_to(outside)
    done = edit(pyst, server, "words", "be loud", "--yes", "--format", "json")
    assert done.json["diagnostics"][0]["code"] == "E_KEPT_BACK"
    link.unlink()
    link.parent.rename(home.path / "scripts")
    (home.path / "scripts" / "words.py").write_text(CODE)
    link.parent.symlink_to(home.path / "scripts")
    done = edit(pyst, server, "words", "be loud", "--yes", "--format", "json")
    assert done.json["diagnostics"][0]["code"] == "E_KEPT_BACK"
    assert server.asked == []


def test_what_is_ignored_where_it_really_is_is_not_sent_by_a_link(pyst: Pyst, server: ModelServer, home: Home) -> None:
    inside = home.project / "private" / "secret.py"
    inside.parent.mkdir()
    inside.write_text(CODE)
    (home.project / "private" / ".pystdocignore").write_text("secret.py\n")
    link = home.script("words", "")
    link.unlink()
    link.symlink_to(inside)
    done = edit(pyst, server, "words", "be loud", "--yes", "--format", "json")
    assert done.json["diagnostics"][0]["code"] == "E_KEPT_BACK"
    assert server.asked == []


def test_without_a_terminal_it_needs_a_yes(pyst: Pyst, server: ModelServer, names: Path) -> None:
    done = edit(pyst, server, "names", "be loud", "--format", "json")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.USAGE, "E_CONFIRM")
    assert server.asked == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nowhere", "x"), "E_NOT_FOUND"),
        (("names", "--undo"), "E_NOTHING_KEPT"),
        (("names", "x"), "E_MODEL_NONE"),
        (("names",), "E_PROMPT"),
        (("names", "--undo", "--model", "x:y"), "E_USAGE"),
        (("names", "--undo", "x", "1"), "E_USAGE"),
        (("names", "--undo", "zero"), "E_USAGE"),
    ],
)
def test_what_can_not_be_done(pyst: Pyst, server: ModelServer, names: Path, words: tuple[str, ...], code: str) -> None:
    done = pyst("edit", *words, "--yes", "--format", "json", **server.environ)
    assert done.json["diagnostics"][0]["code"] == code
    assert names.read_text() == BEFORE


def test_earlier_versions_are_bounded(pyst: Pyst, server: ModelServer, names: Path) -> None:
    from pyst.authoring.saving import MOST_KEPT

    for number in range(MOST_KEPT + 3):
        server.says(loud(LOUD + f"\n\nNUMBER = {number}\n"))
        done = edit(pyst, server, "names", "count", "--yes", "--format", "json")
        assert done.code == 0, done.out
    kept = sorted(Path(done.detail["kept"]).parent.iterdir())
    assert len(kept) == MOST_KEPT
    assert kept[-1].read_text().endswith(f"NUMBER = {MOST_KEPT + 1}\n")
