"""`pyst learn`: runs by their headers, a skill shown before it is saved, nothing lost in a merge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from skills_ref import validate

from pyst.records.ending import history_line
from pyst.records.objects import keep
from pyst.records.record import Record, to_json
from tests.conftest import Home, Pyst
from tests.support.recorded import a_record, put_record


def state(home: Home) -> Path:
    return home.path / ".local" / "state" / "pyst"


@pytest.fixture
def runs(home: Home) -> list[Record]:
    """Two runs that went well, one that did not, newest last."""
    data = json.dumps({"source": "/home/zanzibar/x.csv", "top": 3}).encode()
    (state(home)).mkdir(parents=True)
    given = {
        "path": f"{home.project}/temp/count.input.json",
        "bytes": len(data),
        "sha256": keep(str(state(home)), data),
    }
    output = {"role": "output", "format": "json", "bytes": 2345, "sha256": "a" * 64, "declared": False, "notes": {}}
    script = {"script__name": "count", "script__selector": "project:count", "task": "count", "input": given}
    found = [
        a_record(1, **script, argv=["--topp", "3"], status="failed", exit_code=64),
        a_record(
            2, **script, argv=["--top", "3"], outputs=[{**output, "path": "count.20260301T100002Z-00000002.json"}]
        ),
        a_record(3, **script, argv=["--top", "5"]),
    ]
    for each in found:
        put_record(state(home), each)
    return found


def skill_of(home: Home, name: str = "count") -> Path:
    return home.project / "skills" / name / "SKILL.md"


def test_runs_are_listed_with_what_could_be_made_of_them(pyst: Pyst, runs: list[Record]) -> None:
    detail = pyst("--format", "json", "learn").detail
    assert (detail["action"], detail["total"], detail["skill"]) == ("list", 3, None)
    assert [row["run_id"] for row in detail["runs"]] == [each.run_id for each in reversed(runs)]
    (proposal,) = detail["proposals"]
    assert (proposal["proposal"], proposal["name"], proposal["reason"]) == ("create", "count", "done 2 times")
    assert proposal["runs"] == [runs[2].run_id, runs[1].run_id]


def test_nothing_to_learn_from(pyst: Pyst) -> None:
    ended = pyst("learn")
    assert ended.code == 0
    assert ended.out.startswith("no run was recorded yet")


def test_the_list_is_bounded(pyst: Pyst, home: Home) -> None:
    for number in range(60):
        put_record(state(home), a_record(number, task=f"task-{number}"))
    detail = pyst("--format", "json", "learn", "--limit", "7").detail
    assert (len(detail["runs"]), detail["total"], len(detail["proposals"])) == (7, 60, 5)


def test_without_a_yes_it_is_only_shown(pyst: Pyst, home: Home, runs: list[Record]) -> None:
    ended = pyst("learn", "--from", runs[1].run_id, "-o", "skills")
    assert ended.code == 0
    assert "# count\n" in ended.out
    assert "pyst run --input-path temp/count.input.json --output-dir temp count --top 3\n" in ended.out
    assert "nothing was saved" in ended.err
    assert not (home.project / "skills").exists()


def test_a_yes_saves_it(pyst: Pyst, home: Home, runs: list[Record]) -> None:
    words = ["--from", runs[0].run_id, "--from", runs[1].run_id, "--name", "count-things", "-o", "skills"]
    ended = pyst("learn", *words, "--description", "Counts things. Use it on Mondays.", "--yes")
    assert (ended.code, ended.out) == (0, "new  skills/count-things\n")
    text = skill_of(home, "count-things").read_text()
    assert validate(skill_of(home, "count-things").parent) == []
    assert "description: Counts things. Use it on Mondays.\n" in text
    assert "source  text\ntop     number\n" in text
    assert "zanzibar" not in text
    assert "count.RUN_ID.json  json, 2,345 bytes\n" in text
    assert "--topp 3\n  → failed, exit 64\n" in text
    again = pyst("learn", *words, "--description", "Counts things. Use it on Mondays.", "--yes")
    assert again.out == "unchanged  skills/count-things\n"


def test_a_merge_keeps_what_people_wrote(pyst: Pyst, home: Home, runs: list[Record]) -> None:
    pyst("learn", "--from", runs[1].run_id, "-o", "skills", "--yes")
    main = skill_of(home)
    main.write_text(main.read_text().replace("(What differs", "Mine: (what differs") + "\nMy end.\n")
    (main.parent / "references").mkdir()
    (main.parent / "references" / "mine.md").write_text("mine\n")
    shown = pyst("learn", "--from", runs[2].run_id)
    assert "+pyst run --input-path temp/count.input.json --output-dir temp count --top 5" in shown.out
    ended = pyst("--format", "json", "learn", "--from", runs[2].run_id, "--yes")
    assert (ended.detail["skill"]["proposal"], ended.detail["skill"]["state"]) == ("merge", "merged")
    text = main.read_text()
    assert "--top 5\n" in text
    assert "--top 3\n" not in text
    assert "Mine: (what differs" in text
    assert text.endswith("\nMy end.\n")
    assert (main.parent / "references" / "mine.md").read_text() == "mine\n"
    assert pyst("--format", "json", "learn").detail["proposals"][0]["proposal"] == "merge"


def test_overwriting_what_a_person_wrote_takes_force(pyst: Pyst, home: Home, runs: list[Record]) -> None:
    pyst("learn", "--from", runs[1].run_id, "-o", "skills", "--yes")
    skill_of(home).write_text(skill_of(home).read_text() + "\nMy end.\n")
    words = ["--from", runs[2].run_id, "-o", "skills", "--overwrite", "--yes"]
    ended = pyst("--format", "json", "learn", *words)
    assert (ended.code, ended.json["diagnostics"][0]["code"]) == (1, "E_SKILL_KEPT")
    assert "My end." in skill_of(home).read_text()
    assert pyst("learn", *words, "--force").out == "overwritten  skills/count\n"
    assert "My end." not in skill_of(home).read_text()


def test_pyst_skills_does_not_undo_what_was_learned(pyst: Pyst, home: Home, runs: list[Record]) -> None:
    pyst("skills", "--skill", "summary", "-o", "skills")
    assert pyst("learn", "--from", runs[1].run_id, "--name", "summary", "-o", "skills", "--yes").out.startswith(
        "merged"
    )
    assert (skill_of(home, "summary").parent / "references" / "templates.md").exists()
    assert pyst("skills", "--skill", "summary", "-o", "skills").code == 1
    assert "pyst:learned steps" in skill_of(home, "summary").read_text()


def test_the_history_of_the_folder_counts_too(pyst: Pyst, home: Home) -> None:
    """Runs that were recorded elsewhere: their manifests lie in the folder. Its lines may be anybody's."""
    folder = home.project / "temp"
    folder.mkdir()
    record = a_record(5, output_dir=str(folder), manifest=f"{folder}/hello.x.manifest.json")
    (folder / f"hello.{record.run_id}.manifest.json").write_text(json.dumps(to_json(record)))
    line: dict[str, Any] = {**history_line(record)}
    broken = ["", "{", "[]", "null", '{"run_id": 1}', json.dumps({**line, "outputs": -1}), "[" * 100_000, "\xff"]
    (folder / ".history.jsonl").write_text(
        "\n".join([*broken, json.dumps(line), json.dumps({**line, "task": "\x1b[31m"})])
    )
    detail = pyst("--format", "json", "learn").detail
    assert [(row["run_id"], row["source"]) for row in detail["runs"]] == [(record.run_id, "folder")]
    ended = pyst("learn", "--from", record.run_id, "--name", "hello", "--print")
    assert ended.code == 0
    assert "pyst run --output-dir temp hello\n" in ended.out


def test_public_tells_nothing_of_the_machine(pyst: Pyst, home: Home) -> None:
    record = a_record(
        7,
        script__origin="path",
        script__path=f"{home.path}/zanzibar/x.py",
        argv=[f"{home.path}/data", f"{home.project}/in.csv"],
        options__with=["six"],
        output_dir=f"{home.path}/zanzibar",
    )
    put_record(state(home), record)
    text = pyst("learn", "--from", "last", "--print").out
    assert "pyst run --with six --output-dir temp PATH/TO/x.py '~/data' ./in.csv" in text
    assert str(home.path) not in text
    assert "zanzibar" not in text
    assert str(home.path) in pyst("learn", "--from", "last", "--print", "--privacy", "local").out


@pytest.mark.parametrize(
    "words",
    [
        ["--name", "x"],
        ["--print"],
        ["--overwrite"],
        ["--limit", "0"],
        ["--from", "last", "--name", "No Name"],
        [word for number in range(13) for word in ("--from", str(number))],
    ],
)
def test_wrong_words_are_refused(pyst: Pyst, runs: list[Record], words: list[str]) -> None:
    assert pyst("learn", *words).code == 64


def test_a_run_that_is_not_there(pyst: Pyst, runs: list[Record]) -> None:
    assert "E_NO_RUN" in pyst("--format", "json", "learn", "--from", "nope").out
