"""The completion of a whole command line of pyst: brings together the table, the parsers, and what scripts take."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pyst.cli.arguments import Parser, add_globals, build_parser
from pyst.cli.table import COMMANDS, Command, find_command
from pyst.completion.answers import FILES, Answer, Candidate, narrowed, of_values
from pyst.completion.arguments import complete_arguments
from pyst.completion.options import complete_options, walk
from pyst.errors import Failure

if TYPE_CHECKING:
    from pyst.app import App


class Completed(NamedTuple):
    """The answer, and the folders that it was made of (see `Report.rests_on`)."""

    answer: Answer
    rests_on: tuple[tuple[str, bytes], ...] | None


def complete(app: App, words: Sequence[str], current: str) -> Completed:
    """What may come after `words` (those after `pyst`) in the place of `current`."""
    return _Line(app, list(words), current).complete()


class _Line:
    """One command line that is being typed. What is looked up on the way is remembered in `trees`."""

    def __init__(self, app: App, words: list[str], current: str) -> None:
        self.app = app
        self.words = words
        self.current = current
        self.command: Command | None = None
        self.trees: tuple[tuple[str, bytes], ...] | None = ()

    def complete(self) -> Completed:
        answer = narrowed(self._answer(), self.current)
        return Completed(answer, self.trees)

    def _answer(self) -> Answer:
        early = Parser(prog="pyst", add_help=False, allow_abbrev=False)
        add_globals(early)
        start = walk(early, self.words, stops=True)
        if not start.positionals:
            if start.expecting is not None or self.current[:1] == "-":
                self._take_options(self.words)
                return complete_options(start, self.current, self._meaning)
            return _commands()
        self.command = find_command(start.positionals[0])
        if start.positionals[0] == "help" and not start.rest:
            return _commands()
        if self.command is None or self.command.name.startswith("_"):
            return Answer()
        return self._of_command(self.words[: len(self.words) - len(start.rest)], start.rest)

    def _of_command(self, before: list[str], rest: list[str]) -> Answer:
        assert self.command
        parser, _ = build_parser(self.command)
        takes_script = self.command.takes_script_arguments
        reached = walk(parser, rest, stops=takes_script, ending=("code", "base64"))
        own = rest[: len(rest) - len(reached.rest)]
        self._take_options([*before, *own])
        if takes_script and reached.positionals:
            arguments = reached.rest[1:] if reached.rest[:1] == ["--"] else reached.rest
            return self._of_script(reached.positionals[0], arguments)
        return complete_options(reached, self.current, self._meaning)

    def _take_options(self, words: list[str]) -> None:
        """Let `--context` and `--config` of the line hold for what is looked up. Later ones win."""
        options = self.app.options
        for at, word in enumerate(words):
            flag, equals, value = word.partition("=")
            if not equals:
                value = words[at + 1] if at + 1 < len(words) else ""
            if flag == "--context":
                options = options._replace(context=value)
            elif flag == "--config":
                options = options._replace(config=value)
        self.app.options = options

    def _meaning(self, action: argparse.Action) -> Answer:
        if action.dest == "global_context":
            from pyst.settings.contexts import context_names

            return of_values(context_names(self.app.workspace.settings))
        if action.dest == "global_profile":
            from pyst.settings.profiles import profile_names

            return of_values(profile_names(self.app.workspace.settings))
        if "SCRIPT" in str(action.metavar):
            return Answer(tuple(self._scripts()), "files")
        if action.metavar == "INSTALLED":
            return self._installed()
        if action.metavar == "NAME" and self.command is not None and self.command.name == "gists":
            return self._mapped()
        return FILES if action.metavar == "SOURCE" else Answer()

    def _installed(self) -> Answer:
        """The names of the installed scripts, each with its source."""
        from pyst.sharing.manifest import read_manifest

        try:
            manifest = read_manifest(self.app.paths.manifest_file, self.app.witness)
        except Failure:
            return Answer()
        return Answer(tuple(Candidate(each.name, each.source) for each in manifest.scripts.values()))

    def _mapped(self) -> Answer:
        """The names of the scripts that lie in gists, each with its gist."""
        from pyst.sharing.mapping import read_mapping

        try:
            mapping = read_mapping(self.app.paths.mapping_file, self.app.witness)
        except Failure:
            return Answer()
        found = [(name, each._replace(version="").word, each.enabled) for name, each in mapping.scripts.items()]
        return Answer(tuple(Candidate(name, word if on else f"{word} (disabled)") for name, word, on in found))

    def _scripts(self) -> list[Candidate]:
        """The names of the scripts, with their summaries; after `origin:` the selectors."""
        from pyst.scripts.catalog import SELECTORS, split_selector
        from pyst.scripts.library import read_catalog_cards
        from pyst.settings.contexts import Judge, active_context

        app = self.app
        catalog = app.catalog()
        self.trees = catalog.rests_on
        cards = read_catalog_cards(catalog, None if app.options.no_cache else app.paths.interfaces)
        settings = app.workspace.settings
        judge = Judge(active_context(app.options.context, app.environ, settings), settings)
        only_allowed = self.command is not None and self.command.takes_script_arguments
        with_origin = self.current.partition(":")[0] in SELECTORS and ":" in self.current
        found = []
        for entry in (*catalog.entries, *catalog.shadowed) if with_origin else catalog.entries:
            script = entry.script
            if entry.found.stamp is None or script.name[:1] == "-" or split_selector(script.name)[0]:
                continue
            if only_allowed and not judge.verdict(script).allowed:
                continue
            found.append(Candidate(script.selector if with_origin else script.name, cards[script.path].summary))
        return found

    def _of_script(self, word: str, arguments: list[str]) -> Answer:
        """What the script itself takes, by its interface."""
        from pyst.scripts.catalog import places_from, resolve
        from pyst.scripts.interfaces import read_cached_interface
        from pyst.scripts.introspect import Unparsable

        app = self.app
        if not word:
            return FILES
        if word.startswith("~/"):  # the shell has not expanded it yet
            word = app.paths.home + word[1:]
        try:
            script = resolve(word, places_from(app.workspace, app.paths), app.cwd, app.witness)
            source = app.witness.read(script.path) or b""
            cache = None if app.options.no_cache else app.paths.interfaces
            interface = read_cached_interface(source, script.path, cache)
        except (Failure, Unparsable):
            self.trees = None
            return FILES
        return complete_arguments(interface, arguments, self.current)


def _commands() -> Answer:
    return Answer(tuple(Candidate(each.name, each.summary) for each in COMMANDS))
