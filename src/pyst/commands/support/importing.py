"""Taking over the mapping of the script manager SM: asked about once, done on a yes, SM's own file left as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyst.errors import Failure
from pyst.report import Diagnostic
from pyst.sharing.mapping import Mapped, ScriptMapping, change_mapping, read_mapping, time_text
from pyst.sharing.sm_mapping import MOST_BYTES, Imported, import_sm, sm_file
from pyst.system.witness import Witness

if TYPE_CHECKING:
    from pyst.app import App


def offer_import(app: App) -> None:
    """Where SM's mapping is there and the person never said yes or no to it: ask, or say how to take it over."""
    path = sm_file(app.paths.home)
    if not os.path.isfile(path) or "sm" in read_mapping(app.paths.mapping_file).imports:
        return
    if not (app.can_ask or app.options.yes):
        hint = "`pyst gists import` takes it over"
        app.remark(Diagnostic("info", "I_SM_MAPPING", f"SM's mapping is in `{path}`", hint))
        return
    try:
        found = _read(app, path, read_mapping(app.paths.mapping_file))
    except Failure as failure:
        app.remark(Diagnostic("warning", "W_SM_MAPPING", failure.message, failure.hint))
        return
    count = len(found.entries)
    what = (
        "1 script that is not here. Take it over?"
        if count == 1
        else f"{count} scripts that are not here. Take them over?"
    )
    agreed = app.ask(f"SM's mapping `{path}` knows {what}")
    _keep(app, path, is_wanted=agreed)


def import_mapping(app: App, file: str | None) -> tuple[dict[str, Mapped], list[dict[str, str]]]:
    """Take over a mapping of SM (its own, or `file`): what was taken, and what was left out and why.

    Raises `Failure`: E_NOT_FOUND, E_MAPPING, E_WRITE.
    """
    path = os.path.join(app.cwd, file) if file is not None else sm_file(app.paths.home)
    found = _keep(app, path, is_wanted=True)
    return dict(found.entries), [{"name": name, "reason": why} for name, why in found.left_out]


def _read(app: App, path: str, mapping: ScriptMapping) -> Imported:
    data = Witness().read(path, most_bytes=MOST_BYTES)
    if data is None:
        raise Failure("E_NOT_FOUND", f"there is no mapping of SM at `{path}`", exit=127)
    return import_sm(data, path, mapping.scripts, app.clock())


def _keep(app: App, path: str, *, is_wanted: bool) -> Imported:
    found = Imported({}, ())

    def change(mapping: ScriptMapping) -> ScriptMapping:
        nonlocal found
        if is_wanted:
            found = _read(app, path, mapping)
        imports = {**mapping.imports, "sm": time_text(app.clock())}
        return mapping._replace(scripts={**mapping.scripts, **found.entries}, imports=imports)

    change_mapping(app.paths.mapping_file, change, waiting=lambda: app.talk("waiting for another pyst"))
    return found
