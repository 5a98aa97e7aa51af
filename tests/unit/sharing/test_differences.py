"""What an update changes, as it is told: code, requirements, permissions, and what of those is more than before."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.sharing.differences import (
    MOST_DIFF_BYTES,
    code_difference,
    package_difference,
    permission_difference,
    permission_growth,
    requirement_difference,
)

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "+x", "-y"]), max_size=30)


def patched(before: str, diff: str) -> str:
    """What `diff` makes of `before`."""
    lines, out, at = before.split("\n"), [], 0
    for line in diff.rstrip("\n").split("\n")[2:] if diff else []:
        if head := re.fullmatch(r"@@ -(\d+),(\d+) \+\d+,\d+ @@", line):
            start = int(head[1]) - (int(head[2]) > 0)
            out += lines[at:start]
            at = start
        elif line[:1] == "+":
            out.append(line[1:])
        else:
            assert lines[at] == line[1:]
            at += 1
            out += [line[1:]] if line[:1] == " " else []
    return "\n".join([*out, *lines[at:]])


@given(LINES, LINES)
def test_a_diff_tells_all_that_is_different(before: list[str], after: list[str]) -> None:
    left, right = "\n".join(before), "\n".join(after)
    diff = code_difference(left.encode(), right.encode(), "x.py")
    assert patched(left, diff.replace("\n \n", "\n \n")) == right


def test_a_diff_reads_as_usual() -> None:
    before = "".join(f"{number}\n" for number in range(10))
    assert code_difference(before.encode(), before.replace("5\n", "five\n").encode(), "x.py") == (
        "--- x.py\n+++ x.py\n@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
    )


def test_what_only_bytes_tell_apart_is_told() -> None:
    assert code_difference(b"a\n", b"a\n", "x") == ""
    assert "line ends" in code_difference(b"a\n", b"a\r\n", "x")


def test_a_huge_difference_is_cut_and_takes_no_long_time() -> None:
    left = b"".join(b"%d\n" % (number * 7919 % 1000) for number in range(100_000))
    right = b"".join(b"%d\n" % (number * 104729 % 1000) for number in range(200_000))
    diff = code_difference(left, right, "x.py")
    assert len(diff) < MOST_DIFF_BYTES + 100
    assert diff.endswith("more lines)\n")


def test_requirements_are_compared_by_package() -> None:
    found = requirement_difference(["six", "Rich>=13", "idna"], ["six>=1", "rich>=13", "httpx"])
    assert [(each.name, each.before, each.after) for each in found] == [
        ("httpx", None, "httpx"),
        ("idna", "idna", None),
        ("six", "six", "six>=1"),
    ]
    assert requirement_difference(["a; python_version<'3.9'", "a"], ["a", "a; python_version<'3.9'"]) == []


def test_packages_are_compared_by_version() -> None:
    found = package_difference({"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "3"})
    assert [tuple(each) for each in found] == [("b", "1", "2"), ("c", "1", None), ("d", None, "3")]


GROWS = [
    ({}, {"net": ["example.org:443"]}, {"net": ["example.org:443"]}),
    ({"net": ["example.org:443"]}, {"net": ["example.org"]}, {"net": ["example.org"]}),
    ({"net": ["example.org"]}, {"net": ["example.org:443"]}, {}),
    ({"net": ["*:*"]}, {"net": ["example.org:443", "*"]}, {}),
    ({"net": ["*.example.org:443"]}, {"net": ["a.example.org:443"]}, {}),
    ({"read": ["~/data"]}, {"read": ["~/data/x"]}, {}),
    ({"read": ["~/data"]}, {"read": ["~"]}, {"read": ["~"]}),
    ({"read": ["."]}, {"read": ["data", "./x"]}, {}),
    ({"read": ["data"]}, {"read": ["."]}, {"read": ["."]}),
    ({"read": ["."]}, {"read": ["../x"]}, {"read": ["../x"]}),
    ({"read": ["/"]}, {"read": ["../x"]}, {}),
    ({"read": ["/etc"]}, {"read": ["etc"]}, {"read": ["etc"]}),
    ({"write": ["~/out"]}, {"read": ["~/out/x"]}, {}),
    ({"read": ["~/out"]}, {"write": ["~/out"]}, {"write": ["~/out"]}),
    ({"env": ["API_*"]}, {"env": ["API_KEY", "HOME"]}, {"env": ["HOME"]}),
    ({}, {"write": ["$TMP"]}, {}),
    ({"run": ["git"]}, {"run": ["*"]}, {"run": ["*"]}),
    ({"run": ["git", "ls"]}, {"run": ["ls"]}, {}),
    ({"net": ["not [a host"]}, {"net": ["example.org:443"]}, {"net": ["example.org:443"]}),
]


@pytest.mark.parametrize(("before", "after", "grown"), GROWS)
def test_what_is_not_covered_is_growth(
    before: dict[str, list[str]], after: dict[str, list[str]], grown: dict[str, list[str]]
) -> None:
    assert permission_growth(before, after, "/home/me") == grown


def test_permissions_come_and_go() -> None:
    assert permission_difference({"net": ["a:1"], "run": ["x"]}, {"net": ["a:1", "b:2"]}) == (
        {"net": ["b:2"]},
        {"run": ["x"]},
    )
