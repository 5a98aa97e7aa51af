"""The options of confinement, for the commands that take them. Light: `run` builds its parser at each start."""

from __future__ import annotations

import argparse

TIERS = ("strict", "basic", "best-effort")
EVERYTHING = {"read": "/", "write": "/", "net": "*", "env": "*", "run": "*"}
"""What an option that stands alone means."""
_HELP = {
    "read": ("PATHS", "let it read these (comma-separated, repeatable; alone: everything)"),
    "write": ("PATHS", "let it write these, and read them"),
    "net": ("HOSTS", "let it reach these `HOST:PORT`, `loopback`, `private` (alone: everything)"),
    "env": ("NAMES", "let it see these variables (`*` stands for any characters)"),
    "run": ("PROGRAMS", "let it start these programs: names or paths"),
}


def permission_options(parser: argparse.ArgumentParser, *, with_deny: bool = True) -> None:
    """The options `--allow-*` and `--deny-*`."""
    group = parser.add_argument_group("permissions of a confined run")
    for way in ("allow", "deny") if with_deny else ("allow",):
        for kind, (metavar, text) in _HELP.items():
            group.add_argument(
                f"--{way}-{kind}",
                action="append",
                nargs="?",
                const=EVERYTHING[kind],
                default=[],
                metavar=metavar,
                help=text if way == "allow" else f"keep it from these, whoever allows them: {metavar.lower()}",
            )


def options(parser: argparse.ArgumentParser) -> None:
    """The options of confinement that `run` takes."""
    group = parser.add_argument_group("confinement")
    add = group.add_argument
    add(
        "--sandbox",
        nargs="?",
        const="strict",
        choices=TIERS,
        metavar="TIER",
        help="hold the run inside what it is granted: strict (default), basic (no namespaces), best-effort",
    )
    add("--no-sandbox", action="store_true", help="do not confine it, whatever the settings say")
    add("--max-memory", metavar="SIZE", help="the memory that it and all that it starts may use (`512M`, `2G`)")
    add("--max-cpu", metavar="S", help="the processor seconds that one of its processes may use")
    add("--max-processes", metavar="N", help="how many processes it may have at once")
    add("--max-file-size", metavar="SIZE", help="the size of a file that it may write")
    add("--max-disk", metavar="SIZE", help="how much it may write in all")
    permission_options(parser)


def asks_for_confinement(args: argparse.Namespace) -> bool:
    """Whether any of these options was given."""
    names = ["sandbox", "no_sandbox", "max_memory", "max_cpu", "max_processes", "max_file_size", "max_disk"]
    names += [f"{way}_{kind}" for way in ("allow", "deny") for kind in _HELP]
    return any(getattr(args, name) for name in names)
