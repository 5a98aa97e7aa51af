"""The shared document: what is taken for one, and that none of those who write at the same time loses anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.merging import OURS, merge, names_in
from pyst.sharing.remote_mapping import (
    MOST_BYTES,
    Document,
    Past,
    encode_document,
    parse_document,
    unusable,
)
from tests.support.mappings import entry
from tests.unit.sharing.test_merging import ENTRIES, NAMES, edited, shared_of

GIST = "aa5a315d61ae9438b18d0a0a0a0a0a0a"


def raw(**changed: Any) -> bytes:
    body = {"version": 1, "write": {"id": "1", "after": None}, "scripts": {"a": entry()}, **changed}
    return json.dumps({key: each for key, each in body.items() if each is not ...}).encode()


@given(st.dictionaries(st.sampled_from(NAMES), ENTRIES), st.sampled_from(["", "e" * 40]))
def test_what_is_written_is_read(scripts: dict[str, dict[str, Any]], after: str) -> None:
    document = Document(shared_of(scripts), "0f", after, {"future": [1]})
    assert parse_document(encode_document(document).encode(), GIST) == document


def test_keys_that_are_not_known_stay() -> None:
    found = parse_document(raw(scripts={"a": entry(note={"x": 1}, enabled=False)}, kept=1), GIST)
    assert (found.scripts["a"]["note"], found.more) == ({"x": 1}, {"kept": 1})
    assert "enabled" not in found.scripts["a"]
    assert parse_document(raw(write=...), GIST).id == ""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"<html>sign in</html>",
        b"\xff\xfe",
        b"[]",
        b"[" * 100_000,
        b'{"version": 1, "scripts": {}, "x": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"version": 1, "scripts": {}, "x": NaN}',
        b'{"version": 1, "scripts": {}, "x": 1e999}',
        raw(version=...),
        raw(version="1"),
        raw(version=True),
        raw(version=2),
        raw(version=0),
        raw(scripts=...),
        raw(scripts=[]),
        raw(scripts={"../a": entry()}),
        raw(scripts={"a": {}}),
        raw(scripts={"a": entry(gist="../../x")}),
        raw(scripts={"a": entry(version="main")}),
        raw(scripts={"a": entry(file="../x")}),
        raw(scripts={"a": entry(tags=["\u202e"])}),
        raw(write=1),
        raw(write={"id": 1}),
        raw(write={"id": "1", "after": 1}),
        raw(x="x" * MOST_BYTES),
    ],
)
def test_what_is_no_document(data: bytes) -> None:
    with pytest.raises(Failure) as caught:
        parse_document(data, GIST)
    assert caught.value.code == "E_SYNC_REMOTE"
    assert GIST in caught.value.message
    assert caught.value.message.isprintable()


def test_a_newer_document_is_told_as_such() -> None:
    with pytest.raises(Failure) as caught:
        parse_document(raw(version=2), GIST)
    assert "newer pyst" in caught.value.hint


def test_a_document_that_nobody_would_take_is_not_made() -> None:
    with pytest.raises(Failure) as caught:
        encode_document(Document({"a": {"note": "x" * MOST_BYTES}}, "1"))
    assert caught.value.code == "E_SYNC_SIZE"


class Gist:
    """A gist in which each document is a revision, newest first; `asked` are those that were read."""

    def __init__(self, *newest_last: Document | None) -> None:
        self.documents = {f"v{at}": each for at, each in enumerate(newest_last)}
        self.versions = list(reversed(self.documents))
        self.asked: list[str] = []

    def read(self, version: str) -> Document:
        self.asked.append(version)
        found = self.documents[version]
        if found is None:
            raise unusable(GIST, "it is not JSON")
        return found

    def said(self) -> dict[str, dict[str, Any]]:
        return Past(self.versions, self.read).said_at(0)


def document(write: int, after: str, *names: str, **more: Any) -> Document:
    return Document(shared_of({each: entry(**more) for each in names}), str(write), after)


def test_where_nobody_raced_one_is_read() -> None:
    gist = Gist(document(0, "", "a"), document(1, "v0", "a", "b"), document(2, "v1", "b"))
    assert list(gist.said()) == ["b"]
    assert gist.asked == ["v2"]


def test_what_was_written_beside_is_not_lost() -> None:
    gist = Gist(document(0, "", "a"), document(1, "v0", "a", "b"), document(2, "v0", "a", "c"))
    assert list(gist.said()) == ["a", "b", "c"]
    gist = Gist(*gist.documents.values(), document(3, "v0", "a", "d"))
    assert list(gist.said()) == ["a", "b", "c", "d"]
    assert sorted(gist.asked) == ["v0", "v1", "v2", "v3"]
    gist = Gist(*gist.documents.values(), document(4, "v3", "a"))
    assert list(gist.said()) == ["a"]


def test_a_deletion_beside_another_write_stays() -> None:
    gist = Gist(document(0, "", "a", "b"), document(1, "v0", "b"), document(2, "v0", "a", "b", "c"))
    assert list(gist.said()) == ["b", "c"]


def test_who_wrote_first_counts() -> None:
    gist = Gist(document(0, "", "a"), document(1, "v0", "a", number=2), document(2, "v0", "a", number=3))
    assert gist.said()["a"]["gist"] == entry(2)["gist"]
    past = Past(gist.versions, gist.read)
    assert [past.lost_at(at) for at in range(3)] == [["a"], [], []]


def test_a_document_is_found_by_its_id() -> None:
    by_hand = document(1, "v0", "a", "b")
    gist = Gist(document(0, "", "a"), document(1, "v0", "a"), by_hand, None, document(3, "v3", "a"))
    past = Past(gist.versions, gist.read)
    assert [past.find(id, "v0") for id in ("0", "1", "3", "4")] == [None, 3, 0, None]
    assert past.find("1", "v1") == 2
    assert past.find("1", "v2") is None
    assert Past(gist.versions, gist.read).find("0", "") == 4


def test_an_edit_by_hand_counts_as_it_is() -> None:
    before, by_hand = document(1, "v0", "a", "b"), document(1, "v0", "a")
    assert list(Gist(document(0, "", "a"), before, by_hand).said()) == ["a"]
    assert list(Gist(document(0, "", "a"), before, before, by_hand).said()) == ["a"]
    first, second = document(1, "v0", "a", "b"), document(2, "v0", "a", "c")
    assert list(Gist(document(0, "", "a"), first, second, document(2, "v0", "a", "c", "d")).said()) == list("abcd")
    assert list(Gist(document(0, "", "a"), first, second, document(2, "v0", "c")).said()) == list("bc")
    late = document(2, "v1", "a", "b", "c")
    assert list(Gist(document(0, "", "a"), before, by_hand, late).said()) == ["a", "c"]


def test_of_what_can_not_be_understood_nothing_is_taken() -> None:
    late = document(2, "v0", "a")
    assert list(Gist(document(0, "", "a"), None, late).said()) == ["a"]
    assert list(Gist(None, document(1, "", "b"), late).said()) == ["a"]
    with pytest.raises(Failure):
        Gist(late, None).said()


def test_revisions_that_lead_in_circles_end() -> None:
    """Whoever may write the gist may say anything: each revision is read once."""
    every = [document(at, f"v{max(at - 2, 0)}", f"a{at}") for at in range(40)]
    gist = Gist(*every)
    assert gist.said()
    assert len(gist.asked) <= 30


@given(st.data())
def test_none_of_many_writers_loses_anything(data: st.DataObject) -> None:
    """Each writes after a revision that it saw, and others wrote meanwhile; what does not conflict is all there."""
    first = data.draw(st.dictionaries(st.sampled_from(NAMES), ENTRIES))
    written = [Document(shared_of(first), "0")]
    expected = shared_of(first)
    for number in range(1, 1 + data.draw(st.integers(0, 4))):
        seen = data.draw(st.integers(max(0, number - 3), number - 1))
        gist = Gist(*written[: seen + 1])
        base = gist.said()
        wanted = shared_of(data.draw(edited(base)))
        if names_in(merge(base, wanted, expected).conflicts):
            continue
        expected = merge(base, wanted, expected).shared
        after = f"v{seen}" if seen < len(written) else f"v{len(written) - 1}"
        written.append(Document(wanted, str(number), after))
        assert Gist(*written).said() == expected
    assert merge(expected, expected, Gist(*written).said(), dict.fromkeys(NAMES, OURS)).there == ()
