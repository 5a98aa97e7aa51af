"""What a skill is, and the files that it becomes: SKILL.md with its head, and references beside it. Pure.

The head says who made the files, and holds the SHA-256 of all of them: by this pyst knows its own work again, and
sees when a person has changed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pyst.agents.skills.front_matter import Head, read_head, write_head

MAIN = "SKILL.md"
GENERATOR = "pyst"
UNSEALED = "0" * 64
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MOST_NAME = 64
COMPATIBILITY = "Needs pyst (the package pyst-cli) on PATH; Linux or macOS."


class Skill(NamedTuple):
    """One skill. `references` are further files by their path (`references/NAME.md`); texts end with a line break.

    `about` goes into the head's `metadata`: where the skill came from, in words of ours.
    """

    name: str
    description: str
    body: str
    references: tuple[tuple[str, str], ...] = ()
    privacy: str = "public"
    about: tuple[tuple[str, str], ...] = ()


def skill_name(text: str) -> str:
    """The nearest name that the format allows: lowercase words of a–z and 0–9 with single hyphens; may be empty."""
    from unicodedata import normalize

    plain = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:MOST_NAME].strip("-")


def told_description(text: str) -> str:
    """A description without angle brackets, which some readers refuse."""
    return text.replace("<", "‹").replace(">", "›")


def files_of(skill: Skill, version: str) -> dict[str, str]:
    """The files of a skill by their path in its folder, SKILL.md first, sealed. `version` is pyst's."""
    references = dict(sorted(skill.references))
    metadata = {
        "generator": GENERATOR,
        "generator-version": version,
        "privacy": skill.privacy,
        **dict(skill.about),
        "files": " ".join([MAIN, *references]),
        "sha256": UNSEALED,
    }
    head: dict[str, str | dict[str, str]] = {
        "name": skill.name,
        "description": told_description(skill.description),
        "compatibility": COMPATIBILITY,
        "metadata": metadata,
    }
    files = {MAIN: f"{write_head(head)}\n{skill.body}", **references}
    metadata["sha256"] = seal_of({path: text.encode() for path, text in files.items()})
    return {**files, MAIN: f"{write_head(head)}\n{skill.body}"}


def seal_of(files: Mapping[str, bytes]) -> str:
    """The SHA-256 over all files, each with its path and length; the seal in SKILL.md itself counts as zeros."""
    from hashlib import sha256

    digest = sha256()
    for path in sorted(files):
        data = files[path]
        if path == MAIN:
            data = re.sub(rb"(?m)^(  sha256: )\"?[0-9a-f]{64}\"?$", rb"\g<1>" + UNSEALED.encode(), data, count=1)
        digest.update(b"%s\0%d\0%s" % (path.encode(), len(data), data))
    return digest.hexdigest()


class Seal(NamedTuple):
    """What the head of a SKILL.md of ours says of its package."""

    files: tuple[str, ...]
    sha256: str
    metadata: dict[str, str]


def read_seal(main: bytes) -> Seal | None:
    """The seal in a SKILL.md; None where pyst did not write it."""
    found = _head_of(main)
    metadata = found.get("metadata") if found else None
    if not isinstance(metadata, dict) or metadata.get("generator") != GENERATOR:
        return None
    files = tuple(metadata.get("files", "").split())
    sha256 = metadata.get("sha256", "")
    if MAIN not in files or not all(map(is_inner_path, files)) or not re.fullmatch("[0-9a-f]{64}", sha256):
        return None
    return Seal(files, sha256, metadata)


def _head_of(main: bytes) -> Head | None:
    try:
        found = read_head(main.decode())
    except UnicodeDecodeError:
        return None
    return found[0] if found else None


def is_inner_path(path: str) -> bool:
    """Whether a path is one that a skill's file may have: SKILL.md, or a file one level below."""
    return path == MAIN or bool(re.fullmatch(r"(references|scripts|assets)/[A-Za-z0-9][A-Za-z0-9._-]{0,99}", path))


def shown_files(packages: Iterable[tuple[str, Mapping[str, str]]]) -> list[str]:
    """The lines of whole packages to be read one after the other, each file below its path."""
    lines: list[str] = []
    for name, files in packages:
        for path, text in files.items():
            lines += [f"==> {name}/{path} <==", *text.rstrip("\n").split("\n"), ""]
    return lines[:-1]
