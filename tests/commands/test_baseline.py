"""`pyst baseline`: saved whole or not at all, checked by running again, and no way in for strangers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pyst.records import baseline as module
from tests.conftest import Ended, Home, Pyst

SUM = """import json, os, sys
data = json.load(open(os.environ["PYST_INPUT_PATH"]))
folder = os.environ["PYST_OUTPUT_DIR"]
os.makedirs(os.path.join(folder, "deep"), exist_ok=True)
with open(os.path.join(folder, "deep", "sum.json"), "w") as file:
    json.dump({"sum": sum(data["n"]), "run": os.environ["PYST_RUN_ID"]}, file)
print("sum of", len(data["n"]))
sys.exit(data.get("exit", 0))
"""


@pytest.fixture
def saved(pyst: Pyst, home: Home) -> Path:
    """A baseline of two runs, `first`."""
    home.script("sum", SUM)
    ids = []
    for name, data in (("one", {"n": [1, 2]}), ("two", {"n": [0.1, 0.2], "exit": 3})):
        (home.project / f"{name}.json").write_text(json.dumps(data))
        ended = pyst("run", "--format", "json", "--input-path", f"{name}.json", "--output-dir", f"out-{name}", "sum")
        ids.append(ended.detail["record"]["run_id"])
    ended = pyst("baseline", "save", "first", *ids, "--ignore", "$.run")
    assert ended.code == 0, ended
    return home.project / "baselines" / "first"


def statuses(ended: Ended) -> list[str]:
    return [each["status"] for each in ended.detail["cases"]]


def check(pyst: Pyst, *words: str) -> Ended:
    return pyst("baseline", "check", "first", "--format", "json", *words)


def test_what_is_saved_lies_there_as_files(saved: Path) -> None:
    files = sorted(str(each.relative_to(saved)) for each in saved.rglob("*") if each.is_file())
    assert files == [
        "001-sum/input.json",
        "001-sum/outputs/deep/sum.json",
        "001-sum/script.py",
        "001-sum/stdout.txt",
        "002-sum/input.json",
        "002-sum/outputs/deep/sum.json",
        "002-sum/script.py",
        "002-sum/stdout.txt",
        "baseline.json",
    ]
    assert (saved / "001-sum" / "script.py").read_text() == SUM
    assert (saved / "002-sum" / "stdout.txt").read_text() == "sum of 2\n"
    assert [each.name for each in saved.parent.iterdir()] == ["first"]
    manifest = (saved / "baseline.json").read_text()
    assert str(saved.parents[1]) not in manifest  # it can be moved to another machine


def test_the_same_script_is_the_same(pyst: Pyst, saved: Path, home: Home) -> None:
    ended = check(pyst)
    assert (ended.code, statuses(ended), ended.detail["same"]) == (0, ["same", "same"], True)
    assert [each["exit_code"] for each in ended.detail["cases"]] == [0, 3]
    assert pyst("baseline", "check", "first").out.splitlines()[0] == "same      001-sum  project:sum"


def test_another_machine_has_nothing_but_the_checkout(pyst: Pyst, saved: Path, home: Home) -> None:
    import shutil

    shutil.rmtree(home.path / ".local")
    for name in ("one", "two"):
        (home.project / f"{name}.json").unlink()
        shutil.rmtree(home.project / f"out-{name}")
    assert statuses(check(pyst)) == ["same", "same"]
    (home.project / ".pyst" / "sum.py").unlink()
    assert statuses(check(pyst, "--saved")) == ["same", "same"]
    ended = check(pyst)
    assert statuses(ended) == ["failed", "failed"]
    assert ended.detail["cases"][0]["error"]["code"] == "E_NOT_FOUND"


def test_a_change_is_found_and_told(pyst: Pyst, saved: Path, home: Home) -> None:
    home.script("sum", SUM.replace("sum(data", "0.0000001 + sum(data").replace('"sum of"', '"total of"'))
    ended = check(pyst)
    assert (ended.code, statuses(ended)) == (1, ["different", "different"])
    assert ended.json["diagnostics"][0]["code"] == "E_DIFFERS"
    case = ended.detail["cases"][0]
    assert [each["name"] for each in case["aspects"]] == ["code"]
    assert {each["name"]: each["status"] for each in case["pairs"]} == {"stdout": "changed", "deep/sum.json": "changed"}
    assert statuses(check(pyst, "--abs-tol", "1e-6")) == ["different", "different"]
    assert statuses(check(pyst, "--abs-tol", "1e-6", "--ignore", "stdout")) == ["same", "same"]
    assert statuses(check(pyst, "--saved")) == ["same", "same"]
    assert statuses(check(pyst, "001")) == ["different"]


def test_another_implementation(pyst: Pyst, saved: Path, home: Home) -> None:
    other = SUM.replace("sum(data", "sum(each for each in data")
    home.script("new.py", other, where="path")
    home.script("group/new", other)
    for word in ("new.py", "./new.py", "group/new", "project:group/new"):
        assert statuses(check(pyst, "--with-script", word)) == ["same", "same"], word
    home.script("new.py", other.replace("sys.exit", "sys.exit(1 + 1) or sys.exit"), where="path")
    ended = check(pyst, "--with-script", "new.py")
    assert statuses(ended) == ["different", "different"]
    assert [(each["expected_exit_code"], each["exit_code"]) for each in ended.detail["cases"]] == [(0, 2), (3, 2)]
    assert statuses(check(pyst, "--with-script", "nothing")) == ["failed", "failed"]


def test_choices_are_kept_with_it(pyst: Pyst, home: Home) -> None:
    home.script("sum", SUM)
    (home.project / "in.json").write_text('{"n": [1]}')
    assert pyst("run", "--input-path", "in.json", "sum").code == 0
    words = ["--ignore", "/run", "--abs-tol", "0.5", "--rel-tol", "0.1", "--key", "id", "--delimiter", "tab"]
    assert pyst("baseline", "save", "first", "last", *words).code == 0
    home.script("sum", SUM.replace("sum(data", "0.5 + sum(data"))
    ended = check(pyst)
    assert statuses(ended) == ["same"]
    kept = {"abs_tol": "0.5", "rel_tol": "0.1", "ignore": ["/run"], "key": ["id"], "delimiter": "\t"}
    assert ended.detail["choices"] == kept
    assert statuses(check(pyst, "--abs-tol", "0", "--rel-tol", "0")) == ["different"]


def test_it_is_not_overwritten_but_replaced(pyst: Pyst, saved: Path, home: Home) -> None:
    before = (saved / "baseline.json").read_bytes()
    ended = pyst("baseline", "save", "first", "last", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_EXISTS")
    assert (saved / "baseline.json").read_bytes() == before
    assert pyst("baseline", "save", "first", "last", "--force").code == 0
    assert len(json.loads((saved / "baseline.json").read_text())["cases"]) == 1
    assert [each.name for each in saved.parent.iterdir()] == ["first"]


def test_a_folder_that_is_no_baseline_is_never_replaced(pyst: Pyst, saved: Path) -> None:
    other = saved.parent / "mine"
    other.mkdir()
    (other / "file").write_text("mine")
    for words in (["save", "mine", "last", "--force"], ["drop", "mine"], ["check", "mine"]):
        ended = pyst("baseline", *words, "--format", "json")
        assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_NO_BASELINE")
    assert (other / "file").read_text() == "mine"


def test_what_is_gone_can_not_be_saved(pyst: Pyst, saved: Path, home: Home) -> None:
    (home.project / "out-two" / "deep" / "sum.json").write_text("{}")
    ended = pyst("baseline", "save", "second", "last", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_BASELINE")
    assert "deep/sum.json" in ended.json["diagnostics"][0]["message"]
    assert [each.name for each in saved.parent.iterdir()] == ["first"]


def test_listing_and_dropping(pyst: Pyst, saved: Path, home: Home) -> None:
    (saved.parent / "broken").mkdir()
    (saved.parent / "broken" / "baseline.json").write_text("{")
    ended = pyst("baseline", "--format", "json")
    assert [(each["name"], each["cases"]) for each in ended.detail["baselines"]] == [("first", 2)]
    assert [each["code"] for each in ended.json["diagnostics"]] == ["W_BASELINE"]
    (saved / "notes.txt").write_text("mine")
    ended = pyst("baseline", "drop", "first", "--format", "json")
    assert "notes.txt" in ended.json["diagnostics"][0]["message"]
    assert (saved / "baseline.json").exists()
    (saved / "notes.txt").unlink()
    assert pyst("baseline", "drop", "first").code == 0
    assert not saved.exists()
    ended = pyst("baseline", "check", "firs", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_NO_BASELINE")
    assert pyst("baseline", "list", "--dir", "elsewhere").out == "there is no baseline\n"


@pytest.mark.parametrize(
    "words",
    [
        ["keep"],
        ["save"],
        ["save", "x"],
        ["save", "../x", "last"],
        ["save", ".x", "last"],
        ["save", "a/b", "last"],
        ["save", "x", "last", "--saved"],
        ["drop", "x", "y"],
        ["drop", "x", "--key", "id"],
        ["list", "x"],
        ["check"],
        ["check", "first", "009"],
        ["check", "first", "--saved", "--with-script", "x"],
    ],
)
def test_wrong_words_are_refused(pyst: Pyst, saved: Path, words: list[str]) -> None:
    ended = pyst("baseline", "--format", "json", *words)
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (64, "E_USAGE")


def changed(saved: Path, **changes: Any) -> None:
    """Change the first case in the manifest; `a__b` changes `b` in `a`."""
    body = json.loads((saved / "baseline.json").read_text())
    case = body["cases"][0]
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        if inner:
            case[outer][inner] = value
        else:
            case[outer] = value
    body["cases"] = [case]
    (saved / "baseline.json").write_text(json.dumps(body))


@pytest.mark.parametrize(
    "changes",
    [
        {"cwd": "../.."},
        {"cwd": "/"},
        {"options__python": "./evil"},
        {"options__with": ["x @ git+https://example.org/x"]},
        {"options__with": ["./lib"]},
        {"options__env_files": ["/etc/environment"]},
        {"options__env_files": ["../home/.env"]},
        {"script__sha256": "0" * 64},
        {"input__bytes": 1},
    ],
)
def test_a_strangers_baseline_chooses_nothing(pyst: Pyst, saved: Path, changes: dict[str, Any]) -> None:
    changed(saved, **changes)
    ended = check(pyst, "--saved")
    assert (ended.code, statuses(ended)) == (1, ["failed"])
    assert ended.detail["cases"][0]["error"]["code"] == "E_BASELINE"
    assert ended.detail["cases"][0]["run_id"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"script__file": "../../one.json"},
        {"script__file": "/etc/passwd"},
        {"script__file": "a/../../b"},
        {"script__file": "a\0b"},
        {"script": None},
        {"argv": "text"},
        {"argv": ["a\0b"]},
        {"options__timeout_seconds": -1},
        {"options__timeout_seconds": True},
        {"run_id": "last"},
        {"exit_code": "0"},
        {"outputs": [{"file": ""}]},
        {"outputs": 5},
        {"case": ".."},
    ],
)
def test_a_manifest_of_another_form_is_refused_and_kept(pyst: Pyst, saved: Path, changes: dict[str, Any]) -> None:
    changed(saved, **changes)
    before = (saved / "baseline.json").read_bytes()
    ended = check(pyst)
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_BASELINE")
    assert (saved / "baseline.json").read_bytes() == before


def test_links_in_a_baseline_lead_nowhere(pyst: Pyst, saved: Path, home: Home) -> None:
    real = saved / "001-sum" / "script.py"
    elsewhere = home.path / "script.py"
    elsewhere.write_bytes(real.read_bytes())
    real.unlink()
    real.symlink_to(elsewhere)
    assert statuses(check(pyst, "001", "--saved")) == ["failed"]
    folder = home.path / "002-sum"
    (saved / "002-sum").rename(folder)
    (saved / "002-sum").symlink_to(folder)
    assert statuses(check(pyst, "002", "--saved")) == ["failed"]
    assert pyst("baseline", "drop", "first").code == 1
    assert folder.is_dir()


def test_a_context_that_a_stranger_names_is_not_taken(pyst: Pyst, saved: Path, home: Home) -> None:
    (home.path / ".config" / "pyst").mkdir(parents=True)
    (home.path / ".config" / "pyst" / "pyst.toml").write_text(
        '[contexts.default]\nenabled = ["*", "!sum"]\n[contexts.open]\nenabled = ["*"]\n'
    )
    changed(saved, options__context="open")
    ended = check(pyst)
    assert ended.detail["cases"][0]["error"]["code"] == "E_BLOCKED"
    assert statuses(check(pyst, "--context", "open")) == ["same"]


def test_typed_code_of_a_stranger_is_not_the_users_own(pyst: Pyst, home: Home) -> None:
    block = '# /// script\n# dependencies = ["thing @ file:///nowhere"]\n# ///\nprint(1)\n'
    assert pyst("run", "--record", "-c", "print(1)").code == 0
    assert pyst("baseline", "save", "first", "last").code == 0
    saved = home.project / "baselines" / "first"
    from hashlib import sha256

    (saved / "001-code" / "script.py").write_text(block)
    changed(saved, script__sha256=sha256(block.encode()).hexdigest(), script__bytes=len(block))
    assert check(pyst).detail["cases"][0]["error"]["code"] == "E_UNTRUSTED_SOURCE"


def test_a_confined_case_stays_confined(pyst: Pyst, home: Home) -> None:
    home.script("hello", "print('hello')\n")
    assert pyst("run", "--record", "--sandbox=basic", "hello").code == 0
    assert pyst("baseline", "save", "first", "last").code == 0
    ended = check(pyst)
    assert statuses(ended) == ["same"]
    record = pyst("show", ended.detail["cases"][0]["run_id"], "--format", "json").detail["record"]
    assert record["confinement"]["tier"] == "basic"
    assert check(pyst, "--no-sandbox").detail["cases"][0]["error"]["code"] == "E_USAGE"
    (home.path / ".config" / "pyst").mkdir(parents=True)
    (home.path / ".config" / "pyst" / "pyst.toml").write_text('[sandbox]\nmode = "strict"\n')
    ended = check(pyst)
    record = pyst("show", ended.detail["cases"][0]["run_id"], "--format", "json").detail["record"]
    assert record["confinement"]["tier"] == "strict"


def test_a_replacement_that_was_interrupted_is_undone(saved: Path) -> None:
    dead = "999999999"
    saved.rename(saved.parent / f".first.old.{dead}.0a")
    (saved.parent / f".first.new.{dead}.0b").mkdir()
    (saved.parent / f".first.new.{os.getpid()}.0c").mkdir()
    (saved.parent / ".first.mine").mkdir()
    module.recover(str(saved.parent), "first")
    names = {each.name for each in saved.parent.iterdir()}
    assert names == {"first", f".first.new.{os.getpid()}.0c", ".first.mine"}
    assert module.read_baseline(str(saved)).cases


def test_where_a_file_can_not_be_written_nothing_is_left(
    pyst: Pyst, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = module._write, [5]

    def refuse(path: str, data: bytes) -> None:
        left[0] -= 1
        if not left[0]:
            raise OSError(28, "No space left on device")
        real(path, data)

    monkeypatch.setattr(module, "_write", refuse)
    ended = pyst("baseline", "save", "second", "last", "--format", "json")
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_WRITE")
    assert [each.name for each in saved.parent.iterdir()] == ["first"]
