"""Every command, as data. Help, completion, the reference pages and the tests all read this table."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """One row: the name typed, one line of help, the module in `pyst.commands`, and the group in the help.

    An alias is another word for the same command; output, help and schemas speak of the name.
    """

    name: str
    summary: str
    module: str
    group: str
    takes_script_arguments: bool = False
    aliases: tuple[str, ...] = ()


COMMANDS = (
    Command("list", "List the scripts that are visible from here.", "list", "Scripts"),
    Command("run", "Run a script in its own environment.", "run", "Scripts", takes_script_arguments=True),
    Command("ensure-temp", "Make the folder that file-first runs write to.", "ensure_temp", "Scripts"),
    Command("info", "Show all that is known of a script, or of this machine.", "info", "Scripts"),
    Command("which", "Print the path of the file that a name means.", "which", "Scripts"),
    Command("create", "Have a language model write a script.", "create", "Scripts"),
    Command("edit", "Have a language model change a script.", "edit", "Scripts"),
    Command("check", "Find what would trip people and programs over a script.", "check", "Scripts"),
    Command("document", "Write the help of scripts by a language model, or check it.", "document", "Scripts"),
    Command("explain", "Say why a script is allowed or blocked, by which rule.", "explain", "Permission"),
    Command("trust", "Trust exactly what a script or a project now contains.", "trust", "Permission"),
    Command("grants", "Show and revoke what confined scripts were granted.", "grants", "Permission"),
    Command("history", "List the runs that were recorded.", "history", "Runs"),
    Command("show", "Show all that is known of a recorded run.", "show", "Runs"),
    Command("replay", "Run a recorded run again, and say what is not as it was.", "replay", "Runs"),
    Command("baseline", "Keep runs as the measure for later ones, and check against it.", "baseline", "Runs"),
    Command("diff", "Compare the outputs of two runs, or two files or folders.", "diff", "Runs"),
    Command("mcp", "Serve scripts as tools for AI agents (Model Context Protocol).", "mcp", "Agents"),
    Command("install", "Install a script from elsewhere, after a look at it.", "install", "Sharing"),
    Command("update", "Bring installed scripts to what their sources have now.", "update", "Sharing"),
    Command("uninstall", "Remove installed scripts.", "uninstall", "Sharing"),
    Command("share", "Share a script as a gist.", "share", "Sharing"),
    Command("gists", "List, look at and enable the scripts that lie in gists.", "gists", "Sharing"),
    Command("sync", "Keep the mapping of scripts to gists equal on your machines.", "sync", "Sharing"),
    Command("add", "Add requirements to a script.", "add", "Dependencies"),
    Command("remove", "Remove requirements from a script.", "remove", "Dependencies"),
    Command("lock", "Write the lock of a script.", "lock", "Dependencies"),
    Command("inspect", "Begin an investigation log, and add runs to it.", "inspect", "Agents"),
    Command("learn", "Make a skill out of recorded runs.", "learn", "Agents"),
    Command("skills", "Generate Agent Skills about pyst, or about a script.", "skills", "Agents", aliases=("gs",)),
    Command("config", "Show and change settings, and where each came from.", "config", "Upkeep"),
    Command("doctor", "Examine this installation and say what is wrong.", "doctor", "Upkeep"),
    Command("gc", "Delete environments that nothing needs any more.", "gc", "Upkeep"),
    Command("cache", "Show or clear what pyst keeps to be fast.", "cache", "Upkeep"),
    Command("completions", "Print the completion script for a shell.", "completions", "Upkeep"),
    Command("schema", "Print or check the JSON Schemas of the output.", "schema", "Upkeep"),
)

HIDDEN = (Command("__complete", "Answer a shell's completion request.", "complete", ""),)


def find_command(name: str) -> Command | None:
    """The command of this name or alias, or None."""
    return next((each for each in COMMANDS + HIDDEN if name == each.name or name in each.aliases), None)
