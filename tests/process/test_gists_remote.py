"""Gists as a server tells of them that is not what it should be, and a person at a terminal who is asked."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pexpect
import pytest

from pyst.sharing.gists import MOST_PAGES, PAGE, Gists, check_history
from pyst.system.fetch_failure import FetchFailure
from pyst.system.http import Fetcher
from tests.conftest import Home
from tests.github.home import connect, data_folder, mapped
from tests.github.server import GitHub, github
from tests.github.state import TOKEN
from tests.support.faults import PYST
from tests.support.loopback import Talk, serving

OLD, NEW = "a" * 40, "b" * 40
SOUND: dict[str, Any] = {"id": "0a", "files": {"a.py": {}}, "history": [{"version": NEW}], "public": False}


def answered(body: Any) -> Any:
    """A server that always answers so."""
    import json

    def handler(talk: Talk) -> None:
        talk.answer(200, json.dumps(body).encode(), content_type="application/json")

    return serving(handler)


def gists_of(url: str) -> Gists:
    return Gists(Fetcher({}, url, token=TOKEN, sleep=lambda _: None))


WRONG = [
    5,
    [],
    {},
    {**SOUND, "id": "../x"},
    {**SOUND, "id": "0b"},
    {**SOUND, "id": None},
    {**SOUND, "history": []},
    {**SOUND, "history": [5]},
    {**SOUND, "history": {}},
    {**SOUND, "history": [{"version": "main"}]},
    {**SOUND, "history": [{"version": NEW}, {"version": "x"}]},
    {**SOUND, "files": []},
    {**SOUND, "files": None},
]


@pytest.mark.parametrize("body", WRONG, ids=repr)
def test_what_is_no_gist_is_told(body: Any) -> None:
    with answered(body) as server:
        gists = gists_of(server.url)
        with pytest.raises(FetchFailure) as read:
            gists.read("0a")
        with pytest.raises(FetchFailure) as changed:
            gists.update("0a", {"a.py": "x"}, expected=NEW)
        assert [each.value.code for each in (read, changed)] == ["E_FETCH_ANSWER"] * 2
        assert not any(each.startswith("PATCH") for each in server.requests)


def test_what_is_not_told_is_empty() -> None:
    strange = {**SOUND, "id": "0A", "owner": 5, "description": None, "html_url": [], "public": "yes"}
    with answered(strange) as server:
        found = gists_of(server.url).read("0a")
    assert (found.id, found.owner, found.description, found.address, found.public) == ("0a", "", "", "", False)


@pytest.mark.parametrize("body", [5, {}, [5], [{"id": "x"}], [{"id": "0a"}], [{"id": "0a", "files": 5}]], ids=repr)
def test_a_list_that_is_none(body: Any) -> None:
    with answered(body) as server, pytest.raises(FetchFailure) as caught:
        list(gists_of(server.url).list())
    assert caught.value.code == "E_FETCH_ANSWER"


def test_a_list_without_end_has_one() -> None:
    with answered([SOUND] * PAGE) as server:
        assert sum(1 for _ in gists_of(server.url).list()) == MOST_PAGES * PAGE
        assert len(server.requests) == MOST_PAGES


@pytest.mark.parametrize(
    ("versions", "unseen"),
    [([NEW, OLD], None), ([OLD], None), ([OLD, NEW], None), ([NEW, "c" * 40, OLD], "c" * 40), ([NEW], "unknown")],
)
def test_the_history_tells_what_came_between(versions: list[str], unseen: str | None) -> None:
    with answered({**SOUND, "history": [{"version": each} for each in versions]}) as server:
        after = gists_of(server.url).read("0a")
    if unseen is None:
        assert check_history(after, OLD) is after
    else:
        with pytest.raises(Exception, match="in the same moment") as caught:
            check_history(after, OLD)
        assert caught.value.unseen == unseen  # type: ignore[attr-defined]


# At a terminal


@pytest.fixture
def hub(home: Home) -> Iterator[GitHub]:
    with github() as hub:
        connect(home, hub)
        home.script("hello", '"""Greets \x1b[2J you."""\nprint("hello")\n')
        yield hub


@pytest.fixture
def child(home: Home, hub: GitHub) -> Iterator[pexpect.spawn[str]]:
    environ = {**home.environ, "TERM": "dumb"}
    words = [*PYST[1:], "share", "--public", "hello"]
    child = pexpect.spawn(PYST[0], words, env=environ, cwd=str(home.project), encoding="utf-8", timeout=60)
    yield child
    child.close(force=True)


def ended(child: pexpect.spawn[str]) -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


def test_it_is_shown_and_asked(home: Home, hub: GitHub, child: pexpect.spawn[str]) -> None:
    child.expect("everybody can find and read it")
    child.expect(r"described as: Greets \\x1b\[2J you\.")
    child.expect("added +hello.py +")
    child.expect(r"Send it\? \[y/N\] ")
    assert hub.writes == []
    child.sendline("y")
    child.expect("hello is shared: gist ")
    assert ended(child) == 0
    assert list(hub.gists) == [mapped(home)["hello"]["gist"]]


@pytest.mark.parametrize("how", ["no", "end of input", "interrupt", "hang up"])
def test_without_a_yes_nothing_is_sent(home: Home, hub: GitHub, child: pexpect.spawn[str], how: str) -> None:
    child.expect(r"Send it\? \[y/N\] ")
    if how == "no":
        child.sendline("n")
    elif how == "end of input":
        child.sendeof()
    elif how == "interrupt":
        child.sendintr()
    else:
        child.kill(signal.SIGHUP)
    code = ended(child)
    assert code == {"no": 1, "end of input": 1, "interrupt": 130, "hang up": None}[how]
    assert (hub.writes, data_folder(home).exists()) == ([], False)
