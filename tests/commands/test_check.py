"""`pyst check` as a user meets it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Home, Pyst

GOOD = '"""Print a greeting to the world."""\n\nprint("hello")\n'
ASKS = '"""Ask for a name, and print it."""\n\nprint(input("name? "))\n'
LACKS = '"""Read a YAML file and print it."""\n\nimport yaml\n\nprint(yaml)\n'


def found(pyst: Pyst, *words: str, cwd: Path | None = None) -> list[tuple[str, str, str]]:
    rows = pyst("check", "--format", "json", *words, cwd=cwd).detail["scripts"]
    return [(row["name"], each["code"], each["level"]) for row in rows for each in row["findings"]]


def test_a_good_script_is_passed_over(pyst: Pyst, home: Home) -> None:
    home.script("good", GOOD)
    assert pyst("check", "good") == (0, "nothing to say about 1 script\n", "")


def test_what_is_found_is_told_with_its_place_and_the_way_on(pyst: Pyst, home: Home) -> None:
    home.script("lacks", LACKS)
    ended = pyst("check", "lacks")
    assert ended.code == 1
    assert "     3:1  error C003 `yaml` is imported, and no block says where from\n" in ended.out
    assert "add a block: `pyst add pyyaml --script project:lacks` (--fix does it)\n" in ended.out
    assert ended.err == "error: 1 error in 1 script\n"


def test_json_has_the_findings_and_a_diagnostic(pyst: Pyst, home: Home) -> None:
    home.script("lacks", LACKS)
    body = pyst("--format", "json", "check", "lacks").json
    assert (body["status"], body["exit_code"]) == ("error", 1)
    assert [each["code"] for each in body["diagnostics"]] == ["E_CHECK"]
    assert body["detail"]["scripts"][0]["findings"] == [
        {
            "level": "error",
            "code": "C003",
            "name": "missing-block",
            "message": "`yaml` is imported, and no block says where from",
            "line": 3,
            "column": 1,
            "hint": body["detail"]["scripts"][0]["findings"][0]["hint"],
            "fixable": True,
            "fix": {"label": "add a block with pyyaml", "is_safe": True},
        }
    ]


def test_warnings_fail_only_when_that_is_asked_for(pyst: Pyst, home: Home) -> None:
    home.script("asks", ASKS)
    assert pyst("check", "asks").code == 0
    assert pyst("check", "--strict", "asks").code == 1
    assert "C201" not in pyst("check", "-q", "asks").out


def test_without_a_script_those_of_the_project_are_checked_and_all_with_all(pyst: Pyst, home: Home) -> None:
    home.script("one", GOOD)
    home.script("two", ASKS)
    home.script("three", ASKS, where="global")
    home.script("one", LACKS, where="global")
    assert found(pyst) == [("two", "C201", "warning")]
    assert sorted(found(pyst, "--all")) == [
        ("one", "C003", "error"),
        ("three", "C201", "warning"),
        ("two", "C201", "warning"),
    ]


def test_options_may_stand_between_the_scripts(pyst: Pyst, home: Home) -> None:
    home.script("one", ASKS)
    home.script("two", ASKS)
    assert len(found(pyst, "one", "--strict", "two", "one")) == 2


def test_a_fix_is_written_whole_and_told(pyst: Pyst, home: Home) -> None:
    path = home.script("lacks", LACKS)
    path.chmod(0o640)
    ended = pyst("check", "--fix", "lacks")
    assert ended.code == 0
    assert "fixed C003  add a block with pyyaml\n" in ended.out
    assert path.read_text() == (
        '# /// script\n# requires-python = ">=3.10"\n# dependencies = [\n#     "pyyaml",\n# ]\n# ///\n\n' + LACKS
    )
    assert path.stat().st_mode & 0o777 == 0o640
    before = path.stat()
    assert pyst("check", "--fix", "lacks").code == 0
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [each for each in path.parent.iterdir() if each.name.endswith(".tmp")] == []


def test_a_lock_that_no_longer_fits_is_told(pyst: Pyst, home: Home) -> None:
    path = home.script("lacks", LACKS)
    path.with_name("lacks.py.lock").write_text("version = 1\n")
    body = pyst("check", "--fix", "lacks", "--format", "json").json
    assert [each["code"] for each in body["diagnostics"]] == ["W_LOCK_STALE"]


def test_a_script_without_suffix_is_made_executable(pyst: Pyst, home: Home) -> None:
    path = home.script("tool", "#!/usr/bin/env -S pyst run\n" + GOOD, where="path")
    assert found(pyst, str(path)) == [("tool", "C103", "warning")]
    pyst("check", "--fix", str(path))
    assert os.access(path, os.X_OK)
    assert found(pyst, str(path)) == []


def test_a_link_is_followed_not_replaced(pyst: Pyst, home: Home) -> None:
    real = home.script("real.py", LACKS, where="path")
    link = home.project / "link.py"
    link.symlink_to(real)
    assert pyst("check", "--fix", str(link)).code == 0
    assert link.is_symlink()
    assert real.read_text().startswith("# /// script\n")


def test_a_file_that_can_not_be_written_stays_and_is_told(
    pyst: Pyst, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.script("lacks", LACKS)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyst.system.files.write_atomic", refuse)
    ended = pyst("check", "--fix", "lacks")
    assert ended.code == 1
    assert "No space left on device; nothing was changed" in ended.err
    assert path.read_text() == LACKS


def test_what_can_not_be_mended_is_checked_all_the_same(pyst: Pyst, home: Home) -> None:
    path = home.script("mixed", "")
    path.write_bytes(b'"""End with mixed line ends."""\r\nexit(1)\n')
    body = pyst("check", "--fix", "mixed", "--format", "json").json
    assert body["exit_code"] == 1
    assert [each["code"] for each in body["diagnostics"]] == ["E_ENCODING"]
    assert [each["code"] for each in body["detail"]["scripts"][0]["findings"]] == ["C203"]
    assert body["detail"]["counts"]["failed"] == 1


def test_an_installed_script_is_not_mended(pyst: Pyst, home: Home) -> None:
    folder = home.path / ".local" / "share" / "pyst" / "installed"
    folder.mkdir(parents=True)
    (folder / "lacks.py").write_text(LACKS)
    ended = pyst("check", "--fix", "installed:lacks")
    assert ended.code == 1
    assert "is installed; mended, it would no longer match" in ended.err
    assert (folder / "lacks.py").read_text() == LACKS


def test_in_a_project_with_requirements_no_block_is_needed(pyst: Pyst, home: Home) -> None:
    (home.project / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1"\ndependencies = ["PyYAML>=6"]\n')
    home.script("lacks", LACKS)
    assert found(pyst, "lacks") == []


def test_the_modules_beside_a_script_count(pyst: Pyst, home: Home) -> None:
    path = home.script(
        "tool.py", '"""Use a neighbour of mine."""\n\nimport near, far\n\nprint(near, far)\n', where="path"
    )
    (home.project / "near.py").write_text("")
    (home.project / "far").mkdir()
    assert found(pyst, str(path)) == [("tool", "C003", "error")]
    (home.project / "far" / "__init__.py").write_text("")
    assert found(pyst, str(path)) == []


def test_a_lock_bounds_the_requirements(pyst: Pyst, home: Home) -> None:
    block = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["rich"]\n# ///\n'
    path = home.script("tool.py", block + '"""Print in colours."""\n\nimport rich\n\nprint(rich)\n')
    assert found(pyst, "tool") == [("tool", "C007", "info")]
    path.with_name("tool.py.lock").write_text('version = 1\n[[package]]\nname = "rich"\nversion = "13.0"\n')
    assert found(pyst, "tool") == []
    path.with_name("tool.py.lock").write_text("no toml [")
    assert found(pyst, "tool") == [("tool", "C007", "info")]


def test_nothing_of_the_script_is_run(pyst: Pyst, home: Home) -> None:
    trap = f'"""Write a file when run."""\n\nopen({str(home.project / "ran")!r}, "w")\nexit(1)\n'
    home.script("trap", trap)
    (home.project / ".pyst" / "os.py").write_text("raise SystemExit(9)\n")
    pyst("check", "--fix", "trap")
    assert not (home.project / "ran").exists()


def test_hostile_text_reaches_no_terminal_raw(pyst: Pyst, home: Home) -> None:
    text = '# /// script\n# dependencies = ["x\\u001b[31m\\u202e"]\n# ///\nimport é\u202e\n'
    home.script("hostile", text)
    ended = pyst("check", "hostile")
    assert "\x1b" not in ended.out + ended.err
    assert "\u202e" not in ended.out + ended.err


@pytest.mark.parametrize("words", [["--all", "x"], ["--unsafe", "x"]])
def test_what_does_not_go_together_is_refused(pyst: Pyst, words: list[str]) -> None:
    assert pyst("check", *words).code == 64


def test_an_unknown_script_is_not_found(pyst: Pyst, home: Home) -> None:
    home.script("good", GOOD)
    ended = pyst("check", "god")
    assert ended.code == 127
    assert "good" in ended.err


def test_a_script_that_can_not_be_read_is_told_and_the_others_are_checked(pyst: Pyst, home: Home) -> None:
    home.script("asks", ASKS)
    home.script("large", "#" * ((4 << 20) + 1))
    ended = pyst("check", "--format", "json")
    assert ended.code == 1
    assert [each["code"] for each in ended.json["diagnostics"]] == ["E_TOO_LARGE"]
    assert [row["name"] for row in ended.detail["scripts"] if row["findings"]] == ["asks"]


def test_the_rules_can_be_listed(pyst: Pyst) -> None:
    ended = pyst("check", "--rules")
    assert ended.code == 0
    assert ended.out.startswith("C001  undeclared-import ")
    assert len(ended.out.splitlines()) == len(pyst("check", "--rules", "--format", "json").detail["rules"])
