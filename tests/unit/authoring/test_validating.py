"""What is wrong with a script that a model wrote: found within bounds of time and length, whatever it wrote."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pyst.authoring.answer import ScriptAnswer
from pyst.authoring.messages import MOST_CODE
from pyst.authoring.validating import MOST_PROBLEMS, Draft, Wanted, draft_of
from pyst.checking.subject import Facts
from pyst.errors import Failure
from pyst.scripts.introspect import read_interface
from tests.support.model_scripts import CODE


def nothing(_: bytes) -> Mapping[str, str]:
    return {}


def drafted(code: str = CODE, *, wanted: Wanted | None = None, **more: object) -> Draft:
    answer = ScriptAnswer.model_validate({"code": code[:MOST_CODE], "summary": "x", **more})
    return draft_of(answer, wanted or Wanted("x", "/nowhere/x.py", "/home/you"), nothing)


def test_a_good_one_has_no_problems() -> None:
    draft = drafted()
    assert draft.problems == ()
    assert [each.name for each in draft.parameters] == ["prefix", "count"]


HEAVY = {
    "many imports": CODE + "".join(f"import m{number}\n" for number in range(9000)),
    "nested": CODE + "x = " + "(" * 50_000,
    "signs": CODE + "x = " + "-" * 50_000 + "1\n",
    "sum": CODE + "x = " + "1+" * 25_000 + "1\n",
    "fields": CODE + "x = f'" + "{a}" * 6_000 + "'\n",
    "parameters": '"""Do it all."""\n\n\ndef main('
    + ", ".join(f"a{number}: int = 1" for number in range(60))
    + "):\n    ...\n",
    "a power": CODE.replace("= 2", "= 9**9**9**9"),
    "invisible": CODE + "# " + "\u200b" * 50_000 + "\n",
    "unions": CODE.replace("prefix: str", "prefix: " + "int | " * 9_000 + "str"),
}


@pytest.mark.parametrize("name", HEAVY)
def test_heavy_ones_are_told_in_few_words(name: str) -> None:
    draft = drafted(HEAVY[name])
    assert draft.problems or name in ("fields", "a power", "unions")
    assert len(draft.problems) <= MOST_PROBLEMS + 1
    assert all(len(each) < 1000 for each in draft.problems)


@pytest.mark.parametrize("head", ["#!/bin/bash", "#!/usr/bin/env -S uv run --with evil", "#!/usr/bin/env python3"])
def test_a_line_that_says_how_it_is_started_is_not_the_models(head: str) -> None:
    """Called by its path, the file would be run with other packages than those that were shown, and without walls."""
    assert "`#!`" in str(drafted(f"{head}\n{CODE}").problems)
    wanted = Wanted("x", "/nowhere/x.py", "/home/you", head="#!/usr/bin/env -S pyst run")
    kept = drafted(f"{head}\n{CODE}", wanted=wanted)
    assert kept.problems == ()
    assert kept.source.startswith(b"#!/usr/bin/env -S pyst run\n")
    assert head.encode() not in kept.source


@pytest.mark.parametrize("mode", ["E_NO_PACKAGE", "E_CONFLICT", "E_UNTRUSTED_BUILD"])
def test_what_the_model_can_mend_goes_to_it(mode: str) -> None:
    def fails(_: bytes) -> Mapping[str, str]:
        raise Failure(mode, "it is\nnot there", hint="look")

    answer = ScriptAnswer.model_validate({"code": CODE + "import six\n", "summary": "x", "requirements": ["six"]})
    draft = draft_of(answer, Wanted("x", "/nowhere/x.py", "/home/you"), fails)
    assert draft.problems == ("it is not there look",)


@pytest.mark.parametrize("mode", ["E_NETWORK", "E_NO_UV", "E_CACHE_WRITE", "E_OFFLINE"])
def test_what_is_not_its_fault_does_not(mode: str) -> None:
    def fails(_: bytes) -> Mapping[str, str]:
        raise Failure(mode, "no")

    answer = ScriptAnswer.model_validate({"code": CODE + "import six\n", "summary": "x", "requirements": ["six"]})
    with pytest.raises(Failure) as raised:
        draft_of(answer, Wanted("x", "/nowhere/x.py", "/home/you"), fails)
    assert raised.value.code == mode


def test_what_was_wrong_before_is_not_held_against_a_change() -> None:
    old = '"""Print what is nowhere."""\nimport nowhere\nprint(nowhere)\n'
    before = read_interface(old.encode(), "x.py")
    wanted = Wanted("x", "/nowhere/x.py", "/h", block="", before=before, facts=Facts(), source=old.encode())
    assert drafted(old + "print(1)\n", wanted=wanted).problems == ()
    assert drafted(old + "import elsewhere\nprint(elsewhere)\n", wanted=wanted).problems


def test_secrets_of_the_environment_stay_out() -> None:
    wanted = Wanted("x", "/nowhere/x.py", "/h", secrets=("s3cr3t-value",))
    draft = drafted(CODE + "# s3cr3t-value\n", wanted=wanted)
    assert len(draft.problems) == 1
    assert "s3cr3t" not in draft.problems[0]
