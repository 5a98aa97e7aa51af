"""The skills that come with pyst, as files in `texts/`: one folder for each, SKILL.md and references.

They are the same for everybody. A `local` one holds, besides, a page of facts about the machine, which whoever calls
brings along.
"""

from __future__ import annotations

import os

from pyst.agents.skills.front_matter import read_head
from pyst.agents.skills.skill import MAIN, Skill

NAMES = ("pyst", "manifest", "learn", "inspect", "summary")
TEXTS = os.path.join(os.path.dirname(__file__), "texts")
MACHINE = "references/this-machine.md"
SEE_MACHINE = f"""
## This machine

Interpreters, tools and folders of the machine that this copy was made for:
[{MACHINE}]({MACHINE}).
"""


def builtin_skill(name: str, machine: str = "") -> Skill:
    """One of `NAMES`. With `machine`, a page of facts, the skill is `local` and has that page where it is of use."""
    folder = os.path.join(TEXTS, name)
    found = read_head(_text(os.path.join(folder, MAIN)))
    assert found is not None, name
    head, body = found
    description = head["description"]
    assert isinstance(description, str)
    references = {f"references/{each}": _text(os.path.join(folder, "references", each)) for each in _pages(folder)}
    body = body.lstrip("\n")
    if machine and name == "pyst":
        body += SEE_MACHINE
        references[MACHINE] = machine
    privacy = "local" if machine else "public"
    return Skill(name, description, body, tuple(sorted(references.items())), privacy, (("source", "pyst"),))


def _pages(folder: str) -> list[str]:
    try:
        return [each for each in os.listdir(os.path.join(folder, "references")) if each.endswith(".md")]
    except FileNotFoundError:
        return []


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
