"""The seatbelt profile, as text: balanced, closed by default, denials last, nothing a path could break out with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.confinement.seatbelt import command, profile
from pyst.confinement.walls import Net, Walls
from pyst.errors import Failure


def parsed(text: str) -> list[object]:
    """The S-expressions of a profile."""
    stack: list[list[object]] = [[]]
    at = 0
    while at < len(text):
        char = text[at]
        if char == "(":
            stack.append([])
        elif char == ")":
            done = stack.pop()
            stack[-1].append(done)
        elif char == '"':
            at, word = at + 1, ""
            while text[at] != '"':
                at += text[at] == "\\"
                word += text[at]
                at += 1
            stack[-1].append(("text", word))
        elif not char.isspace():
            end = at
            while text[end] not in ' \n()"':
                end += 1
            stack[-1].append(text[at:end])
            at = end - 1
        at += 1
    assert len(stack) == 1
    return stack[0]


def made(walls: Walls, **more: object) -> list[object]:
    return parsed(profile(walls, needed=("/opt/python",), temporary="/private/tmp/run", **more))  # type: ignore[arg-type]


def subpaths(rule: list[object]) -> list[str]:
    return [each[1][1] for each in rule if isinstance(each, list) and each[0] == "subpath"]


def test_all_is_denied_but_what_is_said() -> None:
    rules = made(Walls("strict", ("/data",), ("/out",)))
    assert rules[:2] == [["version", "1"], ["deny", "default"]]
    by_name = {rule[1]: rule for rule in reversed(rules) if isinstance(rule, list) and rule[0] == "allow"}
    assert {"/data", "/out", "/opt/python", "/private/tmp/run"} <= set(subpaths(by_name["file-read*"]))
    assert subpaths(by_name["file-write*"]) == ["/out", "/private/tmp/run"]
    assert subpaths(by_name["process-exec*"]) == ["/opt/python"]
    assert ["deny", "network*"] in rules


def test_denials_come_last() -> None:
    rules = made(Walls("strict", ("/data",), (), ("/data/secret",), run=None, net=Net("all")))
    assert rules[-1][:4] == ["deny", "file-read*", "file-write*", "process-exec*"]  # type: ignore[index]
    assert subpaths(rules[-1]) == ["/data/secret"]  # type: ignore[arg-type]
    assert ["allow", "process-exec*"] in rules
    assert not any("network*" in rule for rule in rules if isinstance(rule, list)), (
        "Unix sockets lead to other programs"
    )


def test_what_others_keep_is_not_reached() -> None:
    text = profile(Walls("strict", (), (), run=None, net=Net("all")), needed=(), temporary="/t")
    assert "(allow sysctl-read (sysctl-name" in text
    assert "procargs" not in text
    assert "(deny file-write-setugid)" in text
    assert text.index("(deny file-write-setugid)") > text.index("(allow file-write*")
    assert text.count("unix-socket") == 0
    assert '(remote ip "*:*") (literal "/private/var/run/mDNSResponder")' in text


def test_the_network() -> None:
    text = profile(Walls("strict", (), (), net=Net("loopback")), needed=(), temporary="/t")
    assert '(allow network-outbound (remote ip "localhost:*"))' in text
    named = Walls("strict", (), (), net=Net("hosts", (("a.b", 443),)))
    with pytest.raises(Failure) as caught:
        profile(named, needed=(), temporary="/t")
    assert (caught.value.code, caught.value.exit) == ("E_WALL", 101)
    text = profile(named, needed=(), temporary="/t", proxy_port=4711)
    assert '(allow network-outbound (remote ip "localhost:4711"))' in text
    assert "network*" not in text


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1).map(lambda text: "/" + text))
def test_a_path_stays_a_path(path: str) -> None:
    rules = made(Walls("strict", (path,), (), (path,)))
    assert subpaths(rules[-1]) == [path]  # type: ignore[arg-type]
    assert len(rules) == len(made(Walls("strict", ("/x",), (), ("/x",))))


@pytest.mark.parametrize("path", ["/a\nb", "/a\0b", "/a\x1b"])
def test_what_can_t_be_quoted_is_refused(path: str) -> None:
    with pytest.raises(Failure) as caught:
        made(Walls("strict", (path,), ()))
    assert caught.value.code == "E_WALL"


def test_the_command_line() -> None:
    assert command("(version 1)", ("python", "s.py")) == (
        "/usr/bin/sandbox-exec",
        "-p",
        "(version 1)",
        "python",
        "s.py",
    )
