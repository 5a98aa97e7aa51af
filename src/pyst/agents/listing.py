"""What is offered now, as tools: read once, kept while the files stand, looked after while the server runs."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from pyst.agents.builtins import builtins_of
from pyst.agents.host import Host, Offered, Offering
from pyst.agents.schemas import RESERVED
from pyst.agents.tools import script_tools
from pyst.errors import Failure

PAGE_TOOLS = 250
LOOK_SECONDS = 1.0
MOST_LOOK_SECONDS = 5.0
MOST_SHARE = 0.02
"""How much of a processor looking for changes may take; with many scripts it is done less often."""


class Listing(NamedTuple):
    """The tools of one offering, sorted by name (pyst's own come first), as they go over the wire."""

    offering: Offering
    names: tuple[str, ...]
    tools: tuple[dict[str, Any], ...]
    scripts: dict[str, Offered]
    """By the name of the tool."""

    def page(self, cursor: str | None) -> tuple[tuple[dict[str, Any], ...], str | None]:
        """The tools after `cursor`, and the next cursor. Raises `MCPError` for a cursor that is none.

        A cursor is the last name before it, so that a tool that comes or goes meanwhile moves no other one.
        """
        start = 0
        if cursor is not None:
            if not cursor.startswith("after:"):
                raise MCPError(INVALID_PARAMS, "the cursor is not one that this server gave")
            start = bisect_right(self.names, _order(cursor.removeprefix("after:")), key=_order)
        end = start + PAGE_TOOLS
        more = f"after:{self.names[end - 1]}" if end < len(self.names) else None
        return self.tools[start:end], more

    def gave(self, cursor: str | None) -> bool:
        """Whether the cursor is None, or one that `page` gives."""
        if cursor is None:
            return True
        name = cursor.removeprefix("after:")
        end = bisect_right(self.names, _order(name), key=_order)
        return end % PAGE_TOOLS == 0 and 0 < end < len(self.names) and self.names[end - 1] == name


def make_listing(offering: Offering, own: Iterable[dict[str, Any]]) -> Listing:
    """The listing of an offering, with pyst's `own` tools."""
    scripts = script_tools(offering.scripts)
    tools = {each["name"]: each for each in (*own, *(tool for tool, _ in scripts))}
    names = tuple(sorted(tools, key=_order))
    return Listing(offering, names, tuple(tools[each] for each in names), {tool["name"]: of for tool, of in scripts})


def _order(name: str) -> tuple[bool, str]:
    return not name.startswith(RESERVED), name


class Shelf:
    """The listing that holds now."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._own = tuple(tool for _, tool in builtins_of(host).values())
        self._listing: Listing | None = None
        self._changes = 0
        """How often the tools were others than before, whoever it was that looked."""
        self._reading = anyio.Lock()

    @property
    def last(self) -> Listing | None:
        """The last listing; it may be old by as much as a look takes."""
        return self._listing

    async def now(self) -> Listing:
        """The listing of what lies there now. Raises `Failure` where settings can't be understood."""
        async with self._reading:
            before = self._listing
            if before is None or not await anyio.to_thread.run_sync(before.offering.stands):
                offering = await anyio.to_thread.run_sync(self._host.look)
                if before is not None and offering.scripts == before.offering.scripts:
                    self._listing = before._replace(offering=offering)
                else:
                    self._listing = await anyio.to_thread.run_sync(make_listing, offering, self._own)
                    self._changes += before is None or before.tools != self._listing.tools
            assert self._listing is not None
            return self._listing

    async def watch(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Look every second, for ever; `changed` hears of each change of the tools, also of those that a client's own
        request came upon, and of the first look: who listened before it can't know what it saw."""
        told = 0
        taken = 0.0
        while True:
            began, before = time.monotonic(), self._listing
            try:
                await self.now()
            except (Failure, OSError):
                pass  # what was offered last is offered on
            if told != self._changes:
                told = self._changes
                await changed()
            if self._listing is before:  # it was only looked at, not read anew
                taken = time.monotonic() - began
            await anyio.sleep(min(max(LOOK_SECONDS, taken / MOST_SHARE), MOST_LOOK_SECONDS))
