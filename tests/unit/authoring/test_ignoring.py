"""`.pystdocignore`: what it matches is what Git matches."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.authoring.ignoring import FILE, Ignores, find_rule, parse_ignores, read_ignores
from pyst.errors import Failure

PATTERNS = (
    *("a", "/a", "a/", "a/b", "/a/b.py", "*.py", "*", "/*", "**", "**/a", "a/**", "a/**/b", "**/a/**", "a**b", "a/*"),
    *("!a", "!*.py", "!/a/b.py", "!a/", "!", "# note", "\\#a", "\\!a", "a\\", "\\a", "a ", "a\\ ", " a", "", "/", "//"),
    *("[ab]", "[!ab]*", "[^a]*", "[a-c].py", "[]a]", "[a-", "[]", "[!]a]", "[[:alpha:]]", "[[:digit:]b]", "[[:no:]]"),
    *("[\\]]", "[a\\-c]", "[-a]", "[a-]", "[!-a]", "[!!]", "[?]", "?", "??", "?.py", "*b*", "a?b", "\\*", "[*]", "***"),
    *("a//b", "/**/a", "**/", "a/**/", "b.py/", "/a/*/c", "*/b", "a\t", "[ab]/c", "[a/]b", "é", "É", "*é"),
)
NAMES = ("a", "b", "c", "b.py", "a.py", "ab", "a b", "a ", "#a", "!a", "*", "]", "-", "é", "axb", "[a-", "\\a", "a\\")


def told_by_git(folder: Path, files: dict[str, list[str]], paths: list[str]) -> list[bool]:
    """What `git check-ignore` says of paths that need not exist."""
    for place, lines in files.items():
        at = folder / place
        at.mkdir(parents=True, exist_ok=True)
        (at / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    fed = "\0".join(paths).encode()
    words = ["git", "-c", "core.quotePath=false", "check-ignore", "--no-index", "-z", "--stdin"]
    ended = subprocess.run(words, input=fed, cwd=folder, env=environ, capture_output=True, timeout=60)
    assert ended.returncode in (0, 1), ended.stderr
    ignored = set(ended.stdout.decode().split("\0"))
    for place in files:
        (folder / place / ".gitignore").unlink()
    return [path in ignored for path in paths]


def told_by_us(files: dict[str, list[str]], paths: list[str]) -> list[bool]:
    read = tuple(
        Ignores("/r" if place == "." else f"/r/{place}", parse_ignores("\n".join(lines) + "\n"))
        for place, lines in sorted(files.items(), key=lambda each: (each[0] != ".", each[0].count("/")))
    )
    return [find_rule(f"/r/{path}", read) is not None for path in paths]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ignores")
    subprocess.run(["git", "init", "-q", str(folder)], check=True, capture_output=True, timeout=60)
    return folder


def all_paths() -> list[str]:
    pairs = [f"{a}/{b}" for a in NAMES for b in NAMES]
    return [*NAMES, *pairs, *(f"a/{a}/{b}" for a in NAMES[:6] for b in NAMES)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_one_pattern_means_what_it_means_to_git(repository: Path, pattern: str) -> None:
    files = {".": [pattern]}
    paths = all_paths()
    assert dict(zip(paths, told_by_us(files, paths), strict=True)) == dict(
        zip(paths, told_by_git(repository, files, paths), strict=True)
    )


LINES = st.lists(
    st.sampled_from(PATTERNS) | st.text("ab*?[]!/\\-^.# ", max_size=8), min_size=1, max_size=5
)  # what people write, and what nobody would


@settings(max_examples=60)
@given(st.fixed_dictionaries({".": LINES}, optional={"a": LINES, "a/b": LINES}))
def test_files_mean_together_what_they_mean_to_git(repository: Path, files: dict[str, list[str]]) -> None:
    paths = [each for each in all_paths() if each not in ("a", "a/b")]  # which are folders here
    assert dict(zip(paths, told_by_us(files, paths), strict=True)) == dict(
        zip(paths, told_by_git(repository, files, paths), strict=True)
    )


def test_what_stands_above_the_project_is_asked_by_itself(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "tools").mkdir(parents=True)
    script = project / "tools" / "a.py"
    (tmp_path / FILE).write_text("a.py\n")
    (project / FILE).write_text("!a.py\n")
    outer, inner = read_ignores(str(script), str(project))
    assert [each.folder for each in (*outer, *inner)] == [str(tmp_path), str(project)]
    assert find_rule(str(script), inner) is None
    found = find_rule(str(script), outer)
    assert found is not None
    assert (found[0].path, found[1].line) == (str(tmp_path / FILE), 1)


def test_a_file_that_can_not_be_read_stops_everything(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(Failure, match="can't be read") as raised:
        read_ignores(str(tmp_path / "a.py"), str(tmp_path))
    assert raised.value.code == "E_IGNORE"


def test_a_hostile_pattern_takes_no_time() -> None:
    """A regular expression of it would take years; steps are counted by the bound on the test's own time."""
    files = (Ignores("/r", parse_ignores("*a" * 100 + "*b\n" + "**/" * 60 + "x\n")),)
    assert find_rule("/r/" + "/".join(["a" * 250] * 15), files) is None


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_a_pattern() -> None:
    rules = parse_ignores("\ufeffa.py\r\nb.py\r\n")
    assert [(each.parts, each.line) for each in rules] == [(("**", "a.py"), 1), (("**", "b.py"), 2)]
