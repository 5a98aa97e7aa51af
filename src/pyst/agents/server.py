"""The MCP server: what it answers to each request of the protocol. How the words travel is left to the transports.

One server serves one client over stdio, or many over HTTP; both generations of the protocol come out of the same
handlers (the SDK tells them apart).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel.server import NotificationOptions, Server
from mcp.server.models import InitializationOptions

from pyst.agents.service import Service

if TYPE_CHECKING:
    from pyst.agents.host import Host

CACHEABLE: tuple[CacheableMethod, ...] = (
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "server/discover",
)
INSTRUCTIONS = """\
Each tool without the prefix `pyst_` is a Python script of the user, run in its own environment, confined, and \
recorded. A call gives its exit code, a bounded preview of what it printed, its result where it has one, and links to \
the rest: read those resources instead of running the script again. The tools with the prefix `pyst_` belong to pyst \
itself: find scripts, run typed Python code, look at earlier runs, repeat and compare them.\
"""


class _Server(Server[Any]):
    """Says of itself that it tells of changes, whoever starts it."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        told = notification_options or NotificationOptions(tools_changed=True, resources_changed=True)
        return super().create_initialization_options(told, experimental_capabilities, extensions)


def build_server(host: Host) -> Server[Any]:
    """The server over all that `host` hands it. Whoever runs it enters its lifespan once, for all clients together."""
    service = Service(host)
    server = _Server(
        "pyst",
        version=host.version,
        title="pyst",
        description="Python scripts as tools: each in its own environment, confined, recorded.",
        instructions=INSTRUCTIONS,
        lifespan=service.lifespan,
        cache_hints=dict.fromkeys(CACHEABLE, CacheHint()),  # stale at once, and for the one client
        get_tool_input_schema=service.input_schema,
        on_subscriptions_listen=service.listen_handler,
    )
    answers: dict[str, tuple[type[Any], Any]] = {
        "tools/list": (types.PaginatedRequestParams, service.list_tools),
        "tools/call": (types.CallToolRequestParams, service.call_tool),
        "resources/list": (types.PaginatedRequestParams, service.list_resources),
        "resources/templates/list": (types.PaginatedRequestParams, service.list_resource_templates),
        "resources/read": (types.ReadResourceRequestParams, service.read_resource),
    }
    for method, (params, handler) in answers.items():
        server.add_request_handler(method, params, handler)
    server.middleware.append(service.notice)
    return server


def serve_stdio(server: Server[Any]) -> None:
    """Serve one client over standard input and output until it closes them, or a signal asks for the end."""
    import asyncio
    import logging
    import signal

    logging.getLogger("mcp").setLevel(logging.ERROR)  # what clients do wrong is told to them
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the loop hears of it: half a loop can't be closed
    try:
        asyncio.run(_serve_stdio(server))
    finally:
        signal.signal(signal.SIGINT, before)


async def _serve_stdio(server: Server[Any]) -> None:
    import signal

    import anyio

    from pyst.agents.stdio import claimed_streams, stdio_streams

    with claimed_streams() as (source, sink):
        async with anyio.create_task_group() as group:

            async def end_at_signals() -> None:
                with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
                    async for _ in signals:
                        group.cancel_scope.cancel()
                        return

            group.start_soon(end_at_signals)
            async with stdio_streams(source, sink) as (incoming, outgoing):
                await server.run(incoming, outgoing, server.create_initialization_options())
            group.cancel_scope.cancel()
