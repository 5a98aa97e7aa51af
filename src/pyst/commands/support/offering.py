"""Which scripts `pyst mcp` offers: those that the context allows and that can be parsed. Nothing is run.

What was read of a file is kept while its stamp stands, so that a second look reads only what changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyst.agents.host import Offered, Offering
from pyst.confinement.decision import Rules, effective
from pyst.confinement.permissions import EVERYTHING, NOTHING, Permissions, permissions_of, union
from pyst.errors import Failure
from pyst.hotpath import Stamp, stamp_of, time_of
from pyst.system.witness import is_settled

if TYPE_CHECKING:
    from pyst.app import App
    from pyst.running.ground import Ground
    from pyst.scripts.catalog import Catalog
    from pyst.scripts.discover import Found
    from pyst.scripts.script import Script
    from pyst.settings.contexts import Verdict
    from pyst.system.witness import Witness

ALL = permissions_of({kind: (item,) for kind, item in EVERYTHING.items()})


class Offerer:
    """Looks again and again; each look has surroundings of its own, since settings and trust may have changed."""

    def __init__(self, make_app: Callable[[], App], *, tier: str, unconfined: bool) -> None:
        self._make_app = make_app
        self._tier = tier
        self._unconfined = unconfined
        self._kept: dict[str, tuple[Stamp, bytes, Offered | None]] = {}
        """By path: the stamp of the file, the digest of all else that it was judged by, and what came of it."""

    def look(self) -> Offering:
        """The scripts that are offered now. Raises `Failure` where settings or contexts can't be understood."""
        from pyst.settings.contexts import Judge, active_context

        app = self._make_app()
        settings = app.workspace.settings
        context = active_context(app.options.context, app.environ, settings)
        judge = Judge(context, settings)
        catalog = app.catalog()
        reading = _Reading(app, self._tier, self._unconfined)
        kept: dict[str, tuple[Stamp, bytes, Offered | None]] = {}
        found = []
        for entry in catalog.entries:
            verdict = judge.verdict(entry.script)
            if verdict.allowed and entry.found.stamp and not entry.found.broken and reading.may_run(entry.script):
                offered = self._offered(reading, entry.found, verdict, catalog.began_ns, kept)
                if offered is not None:
                    found.append(offered)
        self._kept = kept
        return Offering(context, tuple(found), _standing(app.witness, catalog))

    def _offered(
        self,
        reading: _Reading,
        found: Found,
        verdict: Verdict,
        began_ns: int,
        kept: dict[str, tuple[Stamp, bytes, Offered | None]],
    ) -> Offered | None:
        stamp = found.stamp
        assert stamp is not None
        path = found.script.path
        before = self._kept.get(path)
        if before is not None and before[:2] == (stamp, reading.digest):
            offered = before[2]
        else:
            offered = reading.offered(found, verdict)
        if is_settled(max(stamp[1], stamp[4]), began_ns):
            kept[path] = (stamp, reading.digest, offered)
        return offered


class _Reading:
    """What all scripts of one look are judged by: settings, trust, grants."""

    def __init__(self, app: App, tier: str, unconfined: bool) -> None:
        from pyst.commands.support.confinement_rules import rules_from_profile, rules_from_settings
        from pyst.commands.support.confining import grants_of

        self._app = app
        self._flags = Rules(tier)
        self._unconfined = unconfined
        self._of_installed: dict[str, bool] = {}
        """By script folder: whether it is that of the installed scripts."""
        self._rules, self._profile = rules_from_settings(app), rules_from_profile(app)
        self._grants = grants_of(app)
        self.digest = repr(
            (self._rules, self._profile, self._grants, app.workspace.trust, app.workspace.settings.core)
        ).encode()

    def may_run(self, script: Script) -> bool:
        """Whether the script is not an installed one that is no longer what was installed."""
        if script.root not in self._of_installed:
            place = os.path.realpath(self._app.paths.installed)
            self._of_installed[script.root] = os.path.realpath(script.root) == place
        if not self._of_installed[script.root]:
            return True
        from pyst.running.ground import alteration, read_source

        try:
            source = read_source(script, self._app.witness)
            return alteration(script, source, self._app.paths, self._app.witness) is None
        except Failure:
            return False

    def offered(self, found: Found, verdict: Verdict) -> Offered | None:
        """The script as it is offered; None where it can't be, because it is broken."""
        from pyst.running.ground import Ground
        from pyst.running.prepare import Target
        from pyst.scripts.interfaces import read_cached_interface
        from pyst.scripts.introspect import Unparsable
        from pyst.scripts.library import read_source
        from pyst.scripts.metadata import parse_metadata
        from pyst.settings.trust import sha256_of

        app, script = self._app, found.script
        try:
            source = read_source(script.path)
            metadata = parse_metadata(source, script.path)
            cache = None if app.options.no_cache else app.paths.interfaces
            interface = read_cached_interface(source, script.path, cache)
            trusted = app.workspace.trust.covers_bytes(script.path, source)
            reach = self._reach(Ground(script, Target(script.path), source, metadata, verdict, trusted))
        except (Failure, Unparsable, OSError):
            return None
        return Offered(script, interface, reach, trusted, sha256_of(source))

    def _reach(self, ground: Ground) -> Permissions:
        if self._unconfined:
            return ALL
        from pyst.commands.support.confining import declared_by
        from pyst.commands.support.starting import start_folder
        from pyst.settings.trust import sha256_of

        declared = NOTHING
        if ground.metadata is not None and "pyst" in ground.metadata.tool:
            declared = declared_by(self._app, ground, start_folder(self._app, ground))
        remembered = self._grants.of(sha256_of(ground.source)) if self._grants.entries else NOTHING
        return union(declared, effective(declared, remembered, self._flags, self._rules, self._profile).left)


def _standing(witness: Witness, catalog: Catalog) -> Callable[[], bool]:
    """Whether a new look would find what this one found. Only ever says yes where the stamps tell all."""
    from pyst.survey import fingerprint_of

    rests_on = catalog.rests_on
    is_settled = witness.is_settled()
    stamps, times = dict(witness.stamps), dict(witness.times)

    def stands() -> bool:
        if rests_on is None or not is_settled:
            return False
        return (
            all(stamp_of(path) == stamp for path, stamp in stamps.items())
            and all(time_of(path) == time for path, time in times.items())
            and all(fingerprint_of(root) == fingerprint for root, fingerprint in rests_on)
        )

    return stands
