"""The list of tools: its pages, and that it is read anew only when something changed."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError

from pyst.agents.host import Host, Offered, Offering
from pyst.agents.listing import PAGE_TOOLS, Listing, Shelf, make_listing
from pyst.confinement.permissions import Permissions
from pyst.errors import Failure
from pyst.scripts.script import Interface, Script


def offered(name: str, reach: Permissions | None = None) -> Offered:
    return Offered(Script(name, f"/s/{name}.py", "project", "/s"), Interface("main"), reach or Permissions())


def listing(*names: str, own: tuple[str, ...] = ()) -> Listing:
    offering = Offering("default", tuple(map(offered, names)), lambda: True)
    return make_listing(offering, [{"name": each} for each in own])


def walk(found: Listing) -> list[str]:
    names: list[str] = []
    cursor: str | None = None
    while True:
        tools, cursor = found.page(cursor)
        names += [each["name"] for each in tools]
        if cursor is None:
            return names


def test_pages_hold_every_tool_once_and_pysts_own_come_first() -> None:
    names = [f"s{number:04}" for number in range(2 * PAGE_TOOLS + 7)]
    found = walk(listing(*names, own=("pyst_b", "pyst_a")))
    assert found == ["pyst_a", "pyst_b", *names]


def test_a_cursor_survives_what_comes_and_goes() -> None:
    names = [f"s{number:04}" for number in range(PAGE_TOOLS + 10)]
    _, cursor = listing(*names).page(None)
    assert cursor is not None
    later = listing(*[each for each in names if each != names[PAGE_TOOLS - 1]], "s0000a")
    tools, _ = later.page(cursor)
    assert [each["name"] for each in tools] == names[PAGE_TOOLS:]


def test_a_listing_knows_its_own_cursors() -> None:
    found = listing(*[f"s{number:04}" for number in range(2 * PAGE_TOOLS)])
    cursor: str | None = None
    for _ in range(2):
        assert found.gave(cursor)
        _, cursor = found.page(cursor)
    assert cursor is None
    for other in (
        "",
        "after:",
        "after:s0000",
        "after:nothing",
        found.names[PAGE_TOOLS - 2],
        f"after:{found.names[-1]}",
    ):
        assert not found.gave(other)


@pytest.mark.parametrize("cursor", ["", "0", "before:x"])
def test_other_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(MCPError):
        listing("a").page(cursor)


def test_tools_of_one_name_are_told_apart_and_none_takes_pysts_names() -> None:
    found = listing("a/b", "a__b", "a_b", "pyst_run_code", "ä")
    assert len(found.scripts) == 5
    assert not [each for each in found.scripts if each.startswith("pyst_")]
    assert all(len(each) <= 64 and each.isascii() for each in found.scripts)
    alone = listing("a__b")
    assert set(alone.scripts) <= set(found.scripts)


@pytest.mark.parametrize(
    ("reach", "hints"),
    [
        (Permissions(), (True, False, False)),
        (Permissions(read=("/",)), (True, False, False)),
        (Permissions(write=("/x",)), (False, True, False)),
        (Permissions(net=("example.org:443",)), (False, True, True)),
    ],
)
def test_annotations_say_what_the_walls_would_let_it_do(reach: Permissions, hints: tuple[bool, ...]) -> None:
    (tool,) = make_listing(Offering("default", (offered("a", reach),), lambda: True), ()).tools
    told = tool["annotations"]
    assert (told["readOnlyHint"], told["destructiveHint"], told["openWorldHint"]) == hints


class Looker:
    """Counts how often it is looked anew."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ("a",)
        self.looks = 0
        self.is_current = True
        self.broken = False

    def look(self) -> Offering:
        self.looks += 1
        if self.broken:
            raise Failure("E_CONFIG", "the settings are wrong")
        self.is_current = True
        return Offering("default", tuple(map(offered, self.names)), lambda: self.is_current)

    def host(self) -> Host:
        return Host("0", "/", "/", "/nowhere", {}, (), (), "strict", False, 1.0, (), self.look)


def test_what_stands_is_not_read_again() -> None:
    looker = Looker()
    shelf = Shelf(looker.host())

    async def ask() -> None:
        first = await shelf.now()
        assert await shelf.now() is first
        assert looker.looks == 1
        looker.is_current = False
        assert (await shelf.now()).tools is first.tools  # it was looked at again, and was the same
        assert looker.looks == 2
        looker.names, looker.is_current = ("a", "b"), False
        assert set((await shelf.now()).scripts) == {"a", "b"}

    anyio.run(ask)


def test_changes_are_told_and_mistakes_in_settings_are_survived() -> None:
    looker = Looker()
    shelf = Shelf(looker.host())
    told: list[Any] = []

    async def watch() -> None:
        changed = anyio.Event()

        async def hear() -> None:
            assert shelf.last is not None
            told.append(set(shelf.last.scripts))
            if len(told) == 2:
                changed.set()

        async with anyio.create_task_group() as group:
            await shelf.now()
            group.start_soon(shelf.watch, hear)
            await anyio.sleep(0.05)
            looker.broken, looker.is_current = True, False
            await anyio.sleep(1.1)
            looker.broken, looker.names = False, ("a", "b")
            with anyio.fail_after(30):
                await changed.wait()
            group.cancel_scope.cancel()

    anyio.run(watch)
    assert told == [{"a"}, {"a", "b"}]  # the first look too: who came before it can't know what it saw
