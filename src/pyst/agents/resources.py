"""What clients may read: the sources of the scripts that are offered, and what is kept of runs, page by page.

Only what a record of this state names can be read, only below the run's own output folder, through no link, and only as
long as it is what the record says (by its hash).
"""

from __future__ import annotations

import base64
import json
import os
from bisect import bisect_right
from typing import Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from pyst.agents.addresses import Address, next_page, parse_address, run_address, script_address
from pyst.agents.files import Changed, Known, Piece
from pyst.agents.host import Host, Offered
from pyst.agents.listing import Listing, Shelf
from pyst.agents.runs import find_own_run, own_runs
from pyst.agents.texts import line
from pyst.errors import Failure
from pyst.records.ids import is_run_id
from pyst.records.record import Record, to_json

USUAL_BYTES = 64 << 10
MOST_BYTES = 1 << 20
USUAL_ENTRIES = 100
MOST_ENTRIES = 500
PAGE_RESOURCES = 250
MOST_NAME = 200

FIXED: tuple[dict[str, Any], ...] = (
    {
        "uri": "pyst://scripts",
        "name": "scripts",
        "title": "Scripts",
        "description": "The scripts that are offered, with the tool of each",
        "mimeType": "application/json",
    },
    {
        "uri": "pyst://runs",
        "name": "runs",
        "title": "Runs",
        "description": "The recorded runs, newest first",
        "mimeType": "application/json",
    },
)
TEMPLATES: tuple[tuple[str, str, str, str | None], ...] = (
    ("pyst://scripts{?offset,limit}", "scripts", "The scripts that are offered", "application/json"),
    ("pyst://script/{origin}/{+name}{?offset,limit}", "script", "The source of a script", "text/x-python"),
    ("pyst://runs{?offset,limit}", "runs", "The recorded runs, newest first", "application/json"),
    ("pyst://run/{id}/manifest{?offset,limit}", "manifest", "The record of a run: all about it", "application/json"),
    ("pyst://run/{id}/log{?offset,limit}", "log", "What a run printed, both streams", "text/plain"),
    ("pyst://run/{id}/stdout{?offset,limit}", "stdout", "The whole standard output of a run", None),
    ("pyst://run/{id}/output/{+path}{?offset,limit}", "output", "An output of a run, by its path in the record", None),
)
MIME = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "ndjson": "application/jsonl",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "text": "text/plain",
    "txt": "text/plain",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
}


class Resources:
    """Lists and reads resources."""

    def __init__(self, host: Host, shelf: Shelf) -> None:
        self._host = host
        self._shelf = shelf
        self._known = Known()

    # Lists

    def page(self, listing: Listing, cursor: str | None) -> dict[str, Any]:
        """`resources/list`: the two lists, and the source of each script. Runs are many, and found through the list."""
        scripts = sorted(listing.scripts.values(), key=_uri)
        start = -1
        if cursor is not None:
            if not cursor.startswith("after:"):
                raise MCPError(INVALID_PARAMS, "the cursor is not one that this server gave")
            start = bisect_right(scripts, cursor.removeprefix("after:"), key=_uri)
        found = scripts[max(start, 0) : max(start, 0) + PAGE_RESOURCES]
        body: dict[str, Any] = {"resources": [*(FIXED if start < 0 else ()), *(_source(each) for each in found)]}
        if found and found[-1] is not scripts[-1]:
            body["nextCursor"] = f"after:{_uri(found[-1])}"
        return body

    def templates(self) -> dict[str, Any]:
        """`resources/templates/list`."""
        rows = []
        for template, name, description, mime in TEMPLATES:
            row = {"uriTemplate": template, "name": name, "title": name.capitalize(), "description": description}
            rows.append({**row, "mimeType": mime} if mime else row)
        return {"resourceTemplates": rows}

    # Reading

    async def read(self, uri: str) -> dict[str, Any]:
        """`resources/read`. Raises `MCPError` where there is no such resource, or it is not what it was any more."""
        address = parse_address(uri)
        if address is None:
            raise absent(uri, "there is no such resource")
        try:
            if address.kind in ("scripts", "script"):
                listing = await self._shelf.now()
                return await anyio.to_thread.run_sync(self._read_listed, uri, address, listing)
            return await anyio.to_thread.run_sync(self._read_kept, uri, address)
        except Changed as changed:
            raise absent(uri, f"it can't be given: {changed}") from changed
        except Failure as failure:
            raise absent(uri, f"{failure.code}: {failure.message}") from failure

    def _read_listed(self, uri: str, address: Address, listing: Listing) -> dict[str, Any]:
        if address.kind == "scripts":
            offered = [(tool, listing.scripts[tool]) for tool in listing.names if tool in listing.scripts]
            start, size = _entries(address)
            rows = [_described(tool, each) for tool, each in offered[start : start + size]]
            return _list_page(uri, {"scripts": rows}, start, size, start + size < len(offered))
        for each in listing.scripts.values():
            if (each.script.origin, each.script.name) == (address.owner, address.path):
                return _bytes_page(uri, _cut(_source_of(each), address), "text/x-python")
        raise absent(uri, "no such script is offered")

    def _read_kept(self, uri: str, address: Address) -> dict[str, Any]:
        if address.kind == "runs":
            start, size = _entries(address)
            found = own_runs(self._host, start, size + 1)
            rows = [_run_row(each) for each in found[:size]]
            return _list_page(uri, {"runs": rows}, start, size, len(found) > size)
        if not is_run_id(address.owner):
            raise absent(uri, "that is no id of a run")
        record = find_own_run(self._host, address.owner)
        if address.kind == "manifest":
            text = json.dumps(to_json(record), indent=2, ensure_ascii=True).encode()
            return _bytes_page(uri, _cut(text, address), "application/json")
        return self._read_file(uri, address, record)

    def _read_file(self, uri: str, address: Address, record: Record) -> dict[str, Any]:
        """One of the three kinds of files that a record names."""
        if address.kind == "output":
            output = next((each for each in record.outputs if each.path == address.path), None)
            if output is None:
                raise absent(uri, "the record of the run names no such output")
            return self._page_of(uri, address, record, output.path, output.bytes, output.sha256, mime_of(output.format))
        if address.kind == "log":
            path = _inside(record, record.log.path)
            return self._page_of(uri, address, record, path, record.log.bytes, None, "text/plain")
        if record.stdout is None or record.stdout.path is None:
            raise absent(uri, f"it was short, and is whole in `{run_address(record.run_id, 'log')}`")
        path = _inside(record, record.stdout.path)
        return self._page_of(uri, address, record, path, record.stdout.bytes, record.stdout.sha256, "text/plain")

    def _page_of(
        self, uri: str, address: Address, record: Record, path: str, size: int, sha256: str | None, mime: str
    ) -> dict[str, Any]:
        limit = min(address.limit or USUAL_BYTES, MOST_BYTES)
        piece = self._known.read(record.output_dir, path, offset=address.offset, limit=limit, size=size, sha256=sha256)
        return _bytes_page(uri, piece, mime, limit)


def absent(uri: str, why: str) -> MCPError:
    """The error for a resource that can't be given."""
    return MCPError(INVALID_PARAMS, f"`{line(uri, 300)}`: {why}", {"uri": uri[:1000]})


def mime_of(form: str) -> str:
    """The media type of an output's format."""
    return MIME.get(form.lower(), "application/octet-stream")


def _uri(offered: Offered) -> str:
    return script_address(offered.script.origin, offered.script.name)


def _source(offered: Offered) -> dict[str, Any]:
    """The source of a script as an entry of the list."""
    row = {"uri": _uri(offered), "name": line(offered.script.name, MOST_NAME), "mimeType": "text/x-python"}
    summary = line(offered.interface.summary, 300)
    return {**row, "description": summary} if summary else row


def _source_of(offered: Offered) -> bytes:
    """The bytes of the script. Raises `Changed` for a link that leads out of a project: its owner is a stranger."""
    from pyst.scripts.library import read_source

    script = offered.script
    if script.origin == "project":
        root = os.path.realpath(script.root)
        if not os.path.realpath(script.path).startswith(root + os.sep):
            raise Changed("it is a link that leads out of the project's script folder")
    try:
        return read_source(script.path)
    except OSError as error:
        raise Changed(error.strerror or "it can't be read") from error


def _inside(record: Record, path: str) -> str:
    """The path relative to the run's output folder. Raises `Changed` where it lies elsewhere."""
    prefix = os.path.join(record.output_dir, "")
    if not path.startswith(prefix):
        raise Changed("it does not lie in the run's own folder")
    return path.removeprefix(prefix)


def _described(tool: str, offered: Offered) -> dict[str, Any]:
    return {
        "tool": tool,
        "name": offered.script.name,
        "selector": offered.script.selector,
        "summary": line(offered.interface.summary, 300),
        "uri": _uri(offered),
    }


def _run_row(row: dict[str, Any]) -> dict[str, Any]:
    told = {key: row[key] for key in ("run_id", "status", "exit_code", "started_at", "duration_seconds", "outputs")}
    return {**told, "script": row["script"]["selector"], "uri": run_address(row["run_id"], "manifest")}


# Pages


def _entries(address: Address) -> tuple[int, int]:
    return address.offset, min(address.limit or USUAL_ENTRIES, MOST_ENTRIES)


def _list_page(uri: str, body: dict[str, Any], start: int, size: int, is_more: bool) -> dict[str, Any]:
    body["next"] = next_page(uri, start + size, size) if is_more else None
    text = json.dumps(body, indent=1, ensure_ascii=True)
    return {"contents": [{"uri": uri, "mimeType": "application/json", "text": text}]}


def _cut(data: bytes, address: Address) -> Piece:
    limit = min(address.limit or USUAL_BYTES, MOST_BYTES)
    return Piece(data[address.offset : address.offset + limit], address.offset, len(data))


def _bytes_page(uri: str, piece: Piece, mime: str, limit: int = USUAL_BYTES) -> dict[str, Any]:
    """The contents: text where it is UTF-8 (the page then ends with a whole character), else Base64.

    `_meta` tells where the page lies in the whole, and the URI of the next one.
    """
    data = piece.data
    text = _text(data, ends=piece.offset + len(data) >= piece.total_bytes)
    taken = len(data) if text is None else len(text.encode())
    end = piece.offset + taken
    page = {
        "offset": piece.offset,
        "bytes": taken,
        "total_bytes": piece.total_bytes,
        "next": next_page(uri, end, limit) if end < piece.total_bytes and taken else None,
    }
    body: dict[str, Any] = {"uri": uri, "mimeType": mime, "_meta": {"pyst/page": page}}
    if text is None:
        body["blob"] = base64.b64encode(data).decode()
    else:
        body["text"] = text
    return {"contents": [body]}


def _text(data: bytes, *, ends: bool) -> str | None:
    """`data` as text, without the last character where only its beginning is there; None where it is no UTF-8."""
    for cut in range(1 if ends else min(4, len(data) + 1)):
        try:
            return data[: len(data) - cut].decode()
        except UnicodeDecodeError:
            continue
    return None
