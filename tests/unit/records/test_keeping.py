"""What has become of a run's files, what differs between two runs, and what a replay can still rest on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pyst.records import objects
from pyst.records.comparing.choices import parse_choices
from pyst.records.differences import Item, aspects, compare_outputs, items_of, path_of, read_kept
from pyst.records.keeping import Looker, look_at, read_part
from pyst.records.record import Output
from pyst.records.replaying import RecordedWitness, input_of, obstacles, place, script_of
from pyst.system.digest import sha256
from tests.support.recorded import a_record

NO_CHOICES = parse_choices()


def output(path: str, data: bytes = b"x", **more: Any) -> dict[str, Any]:
    told = {"path": path, "role": "output", "format": "text", "bytes": len(data), "sha256": sha256(data)}
    return {**told, "declared": False, "notes": {}, **more}


def test_a_file_is_the_same_changed_gone_or_too_large(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    looker = Looker(5)
    assert looker.state_of(str(path), 3, sha256(b"abc")) == "same"
    assert looker.state_of(str(path), 3, sha256(b"abc")) == "unread"
    assert Looker().state_of(str(path), 3, sha256(b"abd")) == "changed"
    assert Looker().state_of(str(path), 4, sha256(b"abc")) == "changed"
    assert Looker().state_of(str(tmp_path / "none"), 3, sha256(b"abc")) == "gone"
    (tmp_path / "link").symlink_to(path)
    assert Looker().state_of(str(tmp_path / "link"), 3, sha256(b"abc")) == "changed"
    os.mkfifo(tmp_path / "fifo")
    assert Looker().state_of(str(tmp_path / "fifo"), 0, sha256(b"")) == "changed"
    assert Looker().state_of("a\0b", 0, sha256(b"")) == "changed"


def test_parts_of_files(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert read_part(str(path), 4) == (b"0123", 0, 10)
    assert read_part(str(path), 4, from_end=True) == (b"6789", 6, 10)
    assert read_part(str(path), 40, from_end=True) == (b"0123456789", 0, 10)
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(path)
    assert [read_part(str(tmp_path / name), 4) for name in ("fifo", "link", "none", ".")] == [None] * 4


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/passwd", "a\0b", ".", ""])
def test_an_output_outside_of_its_folder_is_none(path: str) -> None:
    record = a_record(1, output_dir="/p/temp")
    assert path_of(record, Output(path, "output", "text", 0, "0" * 64)) is None


def test_only_what_was_recorded_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert read_kept(str(path), 3, sha256(b"abc")) == b"abc"
    assert read_kept(str(path), 3, sha256(b"abd")) is None
    assert read_kept(str(path), 2, sha256(b"ab")) is None
    (tmp_path / "link").symlink_to(path)
    assert read_kept(str(tmp_path / "link"), 3, sha256(b"abc")) is None


def test_items_are_called_the_same_in_each_run() -> None:
    record = a_record(1)
    stdout = {"bytes": 3, "sha256": sha256(b"abc"), "path": f"/p/temp/hello.{record.run_id}.stdout.txt"}
    outputs = [
        output(f"report-{record.run_id}.json"),
        output(f"hello.{record.run_id}.stdout.txt", b"abc", role="stdout"),
        output("stdout"),
    ]
    found = items_of(a_record(1, stdout=stdout, outputs=outputs))
    assert [each.name for each in found] == ["stdout", "report-{run_id}.json", "./stdout"]


def test_outputs_find_each_other_and_need_no_file(tmp_path: Path) -> None:
    state = str(tmp_path)
    objects.keep(state, b"one\n")
    objects.keep(state, b"two\n")
    left = [Item("stdout", 4, sha256(b"one\n")), Item("same", 1, "1" * 64), Item("left", 0, "2" * 64)]
    right = [Item("stdout", 4, sha256(b"two\n")), Item("same", 1, "1" * 64), Item("right", 0, "2" * 64)]
    found = {each.name: each for each in compare_outputs(left, right, state, NO_CHOICES)}
    assert list(found) == ["stdout", "left", "right", "same"]
    assert [each.status for each in found.values()] == ["changed", "removed", "added", "same"]
    assert found["stdout"].comparison is not None
    assert found["stdout"].comparison.differences[0].right == "two\n"
    (lone,) = compare_outputs(left, [Item("left", 1, "3" * 64)], state, NO_CHOICES, "left")
    assert lone.comparison is not None
    assert [each.split(";")[0] for each in lone.comparison.notes] == ["left: it was not kept", "right: it was not kept"]


def test_aspects_tell_what_a_run_rested_on() -> None:
    left = a_record(1)
    right = a_record(
        2,
        script__sha256="1" * 64,
        argv=["x"],
        status="failed",
        exit_code=3,
        interpreter__version="3.13.0",
        environment__key="k",
        environment__requirements=["six"],
        environment__lock={"path": "/l", "sha256": "2" * 64},
        input={"path": "/i", "bytes": 0, "sha256": "3" * 64},
        variables=["NEW"],
        confinement={"tier": "strict", "layers": [], "not_stopped": [], "walls": {}},
        cwd="/else",
        options__context="c",
    )
    names = [each.name for each in aspects(left, right)]
    assert names == [
        "code", "arguments", "input", "interpreter", "environment", "requirements", "lock", "folder", "context",
        "confinement", "status", "exit_code", "variables",
    ]  # fmt: skip
    assert aspects(left, left) == []
    assert aspects(left, right)[-1] == ("variables", ["HOME"], ["NEW"])


def test_obstacles_are_told_all_at_once(tmp_path: Path) -> None:
    record = a_record(
        1,
        masked=True,
        cwd=str(tmp_path / "gone"),
        environment__lock={"path": "/nowhere.lock", "sha256": "1" * 64},
        input={"path": "/nowhere.json", "bytes": 1, "sha256": "2" * 64},
        options__env_files=["/nowhere.env"],
    )
    told = obstacles(record, str(tmp_path))
    assert len(told) == 6
    without = obstacles(record, str(tmp_path), with_script=False)
    assert len(without) == 4
    lock = {"path": "/p/uv.lock", "sha256": "1" * 64}
    of_project = a_record(1, cwd=str(tmp_path), environment__lock=lock, environment__project="/p")
    assert obstacles(of_project, str(tmp_path)) == ["the script's bytes of then are gone"]


def test_a_source_is_there_kept_or_gone(tmp_path: Path) -> None:
    script, state = tmp_path / "s.py", str(tmp_path / "state")
    data = b"print(1)\n"
    record = a_record(1, script__path=str(script), script__sha256=sha256(data), script__bytes=len(data))
    assert script_of(record, state) is None
    script.write_bytes(data)
    assert script_of(record, state) == (str(script), data, True)
    (tmp_path / "link.py").symlink_to(script)
    linked = a_record(1, script__path=str(tmp_path / "link.py"), script__sha256=sha256(data), script__bytes=len(data))
    assert script_of(linked, state) == (str(tmp_path / "link.py"), data, True)
    objects.keep(state, data)
    script.write_bytes(data.upper())
    assert script_of(record, state) == (str(script), data, False)
    assert input_of(record, state) is None


def test_recorded_bytes_get_a_private_place_under_their_name(tmp_path: Path) -> None:
    folder = str(tmp_path / "cache" / "snippets-v1")
    path = Path(place(folder, "/p/.pyst/hello.py", b"data", sha256(b"data")))
    assert path.name == "hello.py"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.write_bytes(b"spoiled")
    assert Path(place(folder, "hello.py", b"data", sha256(b"data"))).read_bytes() == b"data"


def test_a_recorded_witness_sees_what_was(tmp_path: Path) -> None:
    real, gone = tmp_path / "real", tmp_path / "gone"
    real.write_bytes(b"now")
    witness = RecordedWitness({str(gone): b"then", str(real): None})
    assert witness.read(str(gone)) == b"then"
    assert witness.read(str(real)) is None
    assert (witness.is_file(str(gone)), witness.is_file(str(real))) == (True, False)
    assert RecordedWitness({}).read(str(real)) == b"now"


def test_the_files_of_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_bytes(b"x")
    (folder / "log").write_bytes(b"")
    log = {"path": str(folder / "log"), "bytes": 0, "seen_bytes": 0, "cap_bytes": 1, "truncated": False}
    stdout = {"bytes": 1, "sha256": sha256(b"x"), "path": str(folder / "out.txt")}
    record = a_record(
        1, output_dir=str(folder), log=log, stdout=stdout, outputs=[output("a"), output("b"), output("../x")]
    )
    states = {(each.kind, os.path.basename(each.path)): each.state for each in look_at(record, str(tmp_path))}
    assert states == {
        ("script", "hello.py"): "gone",
        ("manifest", "m.json"): "gone",
        ("log", "log"): "same",
        ("stdout", "out.txt"): "gone",
        ("output", "a"): "same",
        ("output", "b"): "gone",
    }
