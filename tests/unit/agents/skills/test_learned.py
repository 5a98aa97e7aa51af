"""Skills out of runs: hostile words stay data, a merge keeps what people wrote."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skills_ref import validate

from pyst.agents.skills.learned import MOST_STEPS, Step, learned_skill, merged, sections_of, shape_of
from pyst.agents.skills.rules import violations_of
from pyst.agents.skills.skill import MAIN, files_of, read_seal, seal_of
from pyst.agents.skills.words import Wording
from tests.unit.agents.skills.test_front_matter import HOSTILE
from tests.unit.agents.skills.test_rules import lay
from tests.unit.agents.skills.test_texts import commands_of

GOOD = Step(
    "20260101T000000Z-00000001",
    "count",
    "temp/count.py",
    ("--input-path", "temp/count.input.json", "--output-dir", "temp"),
    ("--top", "3"),
    (("source", "text"),),
    outputs=(("count.RUN_ID.json", "json", 120),),
)
BAD = GOOD._replace(run_id="20260101T000000Z-00000002", status="failed", exit_code=3, argv=("--topp", "3"))


def text_of(*steps: Step, **given: Any) -> str:
    return files_of(learned_skill("a-skill", list(steps), Wording(), privacy="public", **given), "1")[MAIN]


def test_runs_that_all_failed_are_not_told_as_a_way_to_do_it() -> None:
    text = text_of(BAD)
    assert "was done in" not in text
    assert f"Tells how {BAD.task} failed" in text
    assert "None yet: no run that this was learned from ended well." in text


def test_what_is_known_of_the_runs() -> None:
    text = text_of(GOOD, BAD)
    command = "pyst run --input-path temp/count.input.json --output-dir temp temp/count.py --top 3"
    assert f"```sh\n{command}\n```" in text
    assert "source  text\n" in text
    assert "count.RUN_ID.json  json, 120 bytes\n" in text
    assert "--topp 3\n  → failed, exit 3\n" in text
    assert "20260101T000000Z-00000002  failed\n" in text
    assert [each.key for each in sections_of(text)] == ["steps", "trouble", "runs"]
    assert list(commands_of(text)) == [command]


WORDS = st.one_of(st.sampled_from([*HOSTILE, "<!-- pyst:end -->", "$(rm -rf ~)", "a;b", "`x`"]), st.text(max_size=40))


@settings(deadline=None)
@given(
    st.builds(
        Step,
        st.just("20260101T000000Z-00000001"),
        WORDS,
        WORDS.filter(bool),
        st.lists(WORDS, max_size=2).map(lambda words: ("--with", *words)),
        st.lists(WORDS, max_size=25).map(tuple),
        st.lists(st.tuples(WORDS, st.just("text")), max_size=3).map(tuple),
        st.sampled_from(["ok", "failed"]),
        st.just(1),
        st.lists(st.tuples(WORDS, WORDS, st.integers(0, 10**12)), max_size=20).map(tuple),
    )
)
def test_no_run_makes_a_skill_invalid(tmp_path_factory: pytest.TempPathFactory, step: Step) -> None:
    skill = learned_skill("a-skill", [step], Wording(), privacy="public")
    files = files_of(skill, "1")
    assert violations_of(files, "a-skill") == []
    assert validate(lay(files, tmp_path_factory.mktemp("skills") / "a-skill")) == []
    assert [each.key for each in sections_of(files[MAIN])] == ["steps", "trouble", "runs"]
    for line in commands_of(files[MAIN]):
        words = shlex.split(line)
        assert words[:2] == ["pyst", "run"]
        assert words[-len(step.argv) :] == list(step.argv) or not step.argv


def test_a_command_that_lost_something_is_not_shown_as_one() -> None:
    assert list(commands_of(text_of(GOOD._replace(argv=("a\x1bb",))))) == []
    assert list(commands_of(text_of(GOOD._replace(word="a`b")))) == []


def without_sections(text: str) -> str:
    """The text with a sign in the place of each marked section."""
    for each in reversed(sections_of(text)):
        text = text[: each.start] + "@" + text[each.end :]
    return text


def test_a_merge_keeps_every_byte_outside_of_the_marks() -> None:
    old = text_of(GOOD)
    mine = old.replace("(What differs from case to case, and how to choose.)", "Ask for the month.\n\n  Mine.\t")
    mine = mine.replace("## Learned from", "## Learned, in my words, from")
    mine += "\n## My own\n\nstays"
    text = merged(mine, text_of(GOOD._replace(argv=("--top", "9")), BAD))
    assert without_sections(text) == without_sections(mine)
    assert "--top 9\n" in text
    assert "--topp 3" in text
    assert text.count("pyst:learned") == 3


def test_a_mark_that_was_taken_out_is_not_put_back() -> None:
    mine = re.sub("<!-- pyst:learned trouble -->\n", "", text_of(GOOD))
    text = merged(mine, text_of(GOOD, BAD))
    assert "--topp" not in text
    assert [each.key for each in sections_of(text)] == ["steps", "runs"]


@pytest.mark.parametrize(
    "mine", ["# Ours\n\nwords", "", "---\nname: a-skill\ndescription: 'x'\n---\n\nBody\n", "a\r\nb\r\n"]
)
def test_a_text_without_marks_gets_the_sections_at_its_end(mine: str) -> None:
    text = merged(mine, text_of(GOOD))
    assert text.startswith(mine.rstrip("\n"))
    assert [each.key for each in sections_of(text)] == ["steps", "trouble", "runs"]
    assert merged(text, text_of(GOOD)) == text


def is_sealed(text: str) -> bool:
    seal = read_seal(text.encode())
    return seal is not None and seal_of({MAIN: text.encode()}) == seal.sha256


def test_the_seal_says_whether_people_wrote_in_it() -> None:
    old = text_of(GOOD)
    assert is_sealed(old)
    assert is_sealed(merged(old, text_of(GOOD, BAD)))
    assert not is_sealed(merged(old + "mine\n", text_of(GOOD, BAD)))


def test_a_description_of_ones_own_stays_until_another_is_wished_for() -> None:
    old = text_of(GOOD, description="Counts. Use it on Mondays.")
    assert "description: Counts. Use it on Mondays.\n" in merged(old, text_of(BAD))
    assert "description: Other words.\n" in merged(old, text_of(BAD), description="Other words.")
    assert is_sealed(merged(old, text_of(BAD), description="Other words."))


@settings(deadline=None)
@given(st.text(alphabet="ab\n#-<!> ", max_size=200))
def test_merging_twice_is_merging_once(words: str) -> None:
    new = text_of(GOOD, BAD)
    once = merged(text_of(GOOD) + words, new)
    assert merged(once, new) == once


def test_shapes_tell_no_values() -> None:
    data = {
        "path": "/secret",
        "n": 1,
        "on": True,
        "none": None,
        "many": [1, "x", {}],
        "in": {"deep": {"er": 1}},
        "l": [],
    }
    assert shape_of(data) == (
        ("path", "text"),
        ("n", "number"),
        ("on", "true or false"),
        ("none", "null"),
        ("many", "list of number, object, text"),
        ("in", "object"),
        ("in.deep", "object"),
        ("l", "list"),
    )
    assert shape_of([1, 2]) == (("(all of it)", "list of number"),)
    assert len(shape_of({str(n): n for n in range(1000)})) == 30


def test_many_runs_stay_short(tmp_path: Path) -> None:
    many = [
        GOOD._replace(
            run_id=f"20260101T000000Z-{n:08x}", outputs=GOOD.outputs * 40, shape=GOOD.shape and GOOD.shape * 30
        )
        for n in range(MOST_STEPS)
    ]
    files = files_of(learned_skill("a-skill", many, Wording(), privacy="public"), "1")
    assert violations_of(files, "a-skill") == []


BEGIN, END = "<!-- pyst:learned {} -->\n", "<!-- pyst:end -->"


@given(
    st.lists(
        st.sampled_from([BEGIN.format("steps"), BEGIN.format("runs"), END + "\n", END, "words\n", " "]), max_size=12
    )
)
def test_sections_are_as_a_regular_expression_would_have_them(parts: list[str]) -> None:
    text = "".join(parts)
    pattern = re.compile(r"^<!-- pyst:learned ([a-z]+) -->\n.*?^<!-- pyst:end -->$", re.M | re.S)
    assert [(each.key, each.text) for each in sections_of(text)] == [(m[1], m[0]) for m in pattern.finditer(text)]
    assert all(text[each.start : each.end] == each.text for each in sections_of(text))


def test_a_text_full_of_marks_takes_no_time() -> None:
    assert sections_of(BEGIN.format("steps") * 40_000) == []
    assert len(sections_of((BEGIN.format("steps") + END + "\n") * 20_000)) == 20_000
