"""The JSON Schemas of what reports say of confinement."""

from __future__ import annotations

from typing import Any

from pyst.commands.support.schema import COUNT, MAYBE_TEXT, TEXT, YES_NO, maybe, one_of, record, several

KIND = one_of("read", "write", "net", "env", "run")
_BOUND = maybe(COUNT)
WALLS: dict[str, Any] = record(
    tier=TEXT,
    read=several(TEXT),
    write=several(TEXT),
    denied=several(TEXT),
    run=maybe(several(TEXT)),
    net=record(
        mode=one_of("off", "loopback", "hosts", "all"), hosts=several(record(host=TEXT, port=COUNT)), private=YES_NO
    ),
    env=several(TEXT),
    bounds=record(
        timeout_seconds=maybe({"type": "number"}),
        memory_bytes=_BOUND,
        cpu_seconds=_BOUND,
        processes=_BOUND,
        file_bytes=_BOUND,
        disk_bytes=_BOUND,
    ),
)
BUILT: dict[str, Any] = record(tier=TEXT, layers=several(TEXT), not_stopped=several(TEXT))
ITEMS: dict[str, Any] = several(
    record(
        kind=KIND,
        item=TEXT,
        declared=YES_NO,
        state=one_of("granted", "denied", "missing"),
        by={"enum": ["flags", "profile", "settings", "remembered", "asked", None]},
        where=MAYBE_TEXT,
    )
)
PERMISSIONS: dict[str, Any] = record(mode=TEXT, profile=MAYBE_TEXT, wished=MAYBE_TEXT, items=ITEMS)
PROFILE: dict[str, Any] = record(name=TEXT, chosen_by=one_of("--profile", "PYST_PROFILE"))
SET: dict[str, Any] = record(
    read=several(TEXT), write=several(TEXT), net=several(TEXT), env=several(TEXT), run=several(TEXT)
)
