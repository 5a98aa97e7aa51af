"""What the open Agent Skills format asks of a package, as checks. Pure.

As the format's specification and its reference validator (PyPI `skills-ref`) have it, and the advice on length that
goes with it. Stricter in one thing: names hold a–z and 0–9, as the specification says, and no other letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pyst.agents.skills.front_matter import read_head
from pyst.agents.skills.skill import MAIN, MOST_NAME, NAME, is_inner_path

ALLOWED = frozenset({"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
MOST_DESCRIPTION = 1024
MOST_COMPATIBILITY = 500
MOST_BODY_LINES = 500
LINK = re.compile(r"\]\(([^)\s#]+)")


def violations_of(files: Mapping[str, str], folder: str) -> list[str]:
    """Each thing that is against the format, in words; `folder` is the name of the package's folder."""
    found = read_head(files.get(MAIN, ""))
    if found is None:
        return [f"`{MAIN}` lacks a head that can be read"]
    head, body = found
    return [*_head(head, folder), *_body(body, files), *_paths(files)]


def _head(head: Mapping[str, object], folder: str) -> Iterator[str]:
    yield from (f"the key `{key}` is none of the format's" for key in head if key not in ALLOWED)
    name, description = head.get("name"), head.get("description")
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > MOST_NAME:
        yield f"the name `{name}` is not 1 to {MOST_NAME} of a–z, 0–9 and single hyphens"
    if name != folder:
        yield f"the name `{name}` is not that of the folder, `{folder}`"
    if not isinstance(description, str) or not 1 <= len(description) <= MOST_DESCRIPTION:
        yield f"the description does not have 1 to {MOST_DESCRIPTION} characters"
    if isinstance(description, str) and re.search("[<>]", description):
        yield "the description holds `<` or `>`, which some readers refuse"
    compatibility = head.get("compatibility", "-")
    if not isinstance(compatibility, str) or not 1 <= len(compatibility) <= MOST_COMPATIBILITY:
        yield f"`compatibility` does not have 1 to {MOST_COMPATIBILITY} characters"
    if not isinstance(head.get("metadata", {}), dict):
        yield "`metadata` is not a mapping of texts"


def _body(body: str, files: Mapping[str, str]) -> Iterator[str]:
    lines = body.count("\n") + 1
    if not body.strip():
        yield "the body is empty"
    if lines >= MOST_BODY_LINES:
        yield f"the body has {lines} lines; {MOST_BODY_LINES} are too many"
    for path in LINK.findall(body):
        if "://" not in path and path not in files:
            yield f"`{path}` is spoken of, but not in the package"


def _paths(files: Mapping[str, str]) -> Iterator[str]:
    for path in files:
        if not is_inner_path(path):
            yield f"`{path}` lies deeper than one level"
        elif path != MAIN and any("://" not in each for each in LINK.findall(files[path])):
            yield f"`{path}` leads to other files: references stay one level deep"
