"""The answers of the MCP server: one object for the life of the server, shared by all its clients.

Owns what is remembered between requests: the listing, the children that run, who wants to hear of changes. What a tool
does is in `builtins` and `calls`, what a resource holds in `resources`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourcesListChanged,
    ResourceUpdated,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    CallToolRequestParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from pyst.agents.calls import Calls
from pyst.agents.children import Children
from pyst.agents.host import Host
from pyst.agents.inputs import sweep_inputs
from pyst.agents.listing import Listing, Shelf
from pyst.agents.resources import Resources
from pyst.errors import Failure

Context = ServerRequestContext[Any, Any]

MOST_SESSIONS = 256
"""So many sessions of the older generation are told of changes; the one unheard of for longest gives way."""
MOST_LISTENERS = 256
SEND_SECONDS = 2.0

COMPLETE = {"resultType": "complete"}
"""What each result says in the newer generation; the SDK takes it out for the older one."""


def _is_plain(ctx: Context) -> bool:
    """Whether a request for tools says nothing but a cursor, on a connection that may ask."""
    params = ctx.params or {}
    may_ask = ctx.protocol_version in MODERN_PROTOCOL_VERSIONS or ctx.session.client_params is not None
    return may_ask and params.keys() <= {"cursor", "_meta"} and isinstance(params.get("cursor"), str | None)


class Service:
    """Answers requests. Every method that ends in a result of the protocol is a handler of the SDK's `Server`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._shelf = Shelf(host)
        self._children = Children(host)
        self._calls = Calls(host, self._shelf, self._children)
        self._resources = Resources(host, self._shelf)
        self._sessions: OrderedDict[int, ServerSession] = OrderedDict()
        self._paged: tuple[dict[str, Any], ...] = ()
        self._pages: dict[tuple[str, str | None], dict[str, Any]] = {}
        """Pages of these tools by protocol version and cursor, as they went over the wire."""
        self._bus = InMemorySubscriptionBus()
        self.listen_handler = ListenHandler(self._bus, max_subscriptions=MOST_LISTENERS)

    @asynccontextmanager
    async def lifespan(self, _: Any) -> AsyncIterator[Service]:
        """Look for changes as long as this lasts. By its end, no child of the server is left."""
        await anyio.to_thread.run_sync(sweep_inputs, self._host.state)
        async with anyio.create_task_group() as group:
            group.start_soon(self._shelf.watch, self._tell_changes)
            try:
                yield self
            finally:
                self.listen_handler.close()
                self._children.close()
            group.cancel_scope.cancel()

    # Who hears of changes

    async def notice(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Remember the sessions of the older generation, which hear of changes without asking (a middleware).

        Pages of tools that the SDK has checked and shaped once are given again as long as the tools stand: that is
        most of the time that a long list takes.
        """
        if ctx.method == "tools/list" and _is_plain(ctx):
            return await self._page(ctx, call_next)
        result = await call_next(ctx)
        if ctx.method == "notifications/initialized" and (client := ctx.session.client_params) is not None:
            self._sessions[id(client)] = ctx.session  # which holds the client, so that the number stays its own
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return result

    async def _page(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        cursor = (ctx.params or {}).get("cursor")
        listing = self._shelf.last if cursor else await self._listing()
        if listing is None or not listing.gave(cursor):
            return await call_next(ctx)
        if self._paged is not listing.tools:
            self._paged, self._pages = listing.tools, {}
        key = ctx.protocol_version, cursor
        if key not in self._pages:
            page = await call_next(ctx)
            if not isinstance(page, dict) or self._paged is not listing.tools:
                return page
            self._pages[key] = page
        return dict(self._pages[key])

    async def _tell_changes(self) -> None:
        for event in (ToolsListChanged(), ResourcesListChanged(), ResourceUpdated(uri="pyst://scripts")):
            await self._bus.publish(event)
        async with anyio.create_task_group() as group:
            for number, session in list(self._sessions.items()):
                group.start_soon(self._tell_session, number, session)

    async def _tell_session(self, number: int, session: ServerSession) -> None:
        with anyio.move_on_after(SEND_SECONDS) as scope:
            await session.send_tool_list_changed()
            await session.send_resource_list_changed()
        if scope.cancelled_caught:  # it doesn't read
            self._sessions.pop(number, None)

    # Tools

    async def list_tools(self, context: Context, params: PaginatedRequestParams | None) -> dict[str, Any]:
        """`tools/list`."""
        cursor = params.cursor if params else None
        listing = self._shelf.last if cursor else None  # the further pages go with the first
        tools, more = (listing or await self._listing()).page(cursor)
        return COMPLETE | {"tools": list(tools), **({"nextCursor": more} if more else {})}

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> dict[str, Any]:
        """`tools/call`."""

        async def progress(seconds: float, state: str) -> None:
            await context.session.report_progress(seconds, None, f"{state} ({seconds:.0f} s)")

        asked = context.meta is not None and "progress_token" in context.meta
        result = await self._calls.call(params.name, params.arguments or {}, progress if asked else None)
        if any(each.get("name") == "record" for each in result["content"]):
            await self._bus.publish(ResourceUpdated(uri="pyst://runs"))
        return COMPLETE | result

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """The schema of a tool's arguments, for the checks of HTTP headers; None where it is not known."""
        return self._calls.input_schema(name)

    # Resources

    async def list_resources(self, context: Context, params: PaginatedRequestParams | None) -> dict[str, Any]:
        """`resources/list`."""
        return COMPLETE | self._resources.page(await self._listing(), params.cursor if params else None)

    async def list_resource_templates(self, context: Context, params: PaginatedRequestParams | None) -> dict[str, Any]:
        """`resources/templates/list`."""
        return COMPLETE | self._resources.templates()

    async def read_resource(self, context: Context, params: ReadResourceRequestParams) -> dict[str, Any]:
        """`resources/read`."""
        return COMPLETE | await self._resources.read(params.uri)

    async def _listing(self) -> Listing:
        try:
            return await self._shelf.now()
        except Failure as failure:
            raise MCPError(INTERNAL_ERROR, f"{failure.code}: {failure.message}") from failure
