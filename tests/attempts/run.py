"""Run the attempts: `python tests/attempts/run.py [--tier TIER]… [NAME…]`.

Every attempt is run without confinement first, and counts only if it succeeds there. Whether it did is judged from
outside by what it left, reached or disturbed, never by what it says.

Exit codes:
    0: every attempt was run
    1: a tier could not be run at all
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import tests.attempts.corpus  # noqa: E402,F401
from tests.attempts.attempt import ATTEMPTS  # noqa: E402
from tests.attempts.confiners import REFUSED, TIERS  # noqa: E402
from tests.attempts.place import Place, Result  # noqa: E402
from tests.attempts.scene import User  # noqa: E402
from tests.attempts.table import markdown, summary, write_page  # noqa: E402
from tests.attempts.workers import answer, ask  # noqa: E402

Found = tuple[str, dict[str, Result]]


def results_here(names: Iterable[str], tiers: Sequence[str], user: User) -> Iterator[Found]:
    """The results of the attempts, one after the other, in this process."""
    be_alone()
    with tempfile.TemporaryDirectory(prefix="pyst-attempts-", dir="/var/tmp") as folder:
        place = Place(Path(folder), user)
        for name in names:
            yield name, place.results(name, tiers)


def be_alone() -> None:
    """Take in what the attempts leave running, and have a keyring of one's own."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(36, 1, 0, 0, 0)
    libc.syscall(ctypes.c_long(250 if os.uname().machine == "x86_64" else 219), 1, None, 0, 0, 0)


def tell(name: str, found: dict[str, Result]) -> None:
    """Say what came of one attempt, and what a run printed that did not go as such a run should."""
    told = ", ".join(f"{tier}: {each.verdict} {each.reason}".strip() for tier, each in found.items())
    print(f"{name}: {told}", flush=True)
    for tier, each in found.items():
        strange = each.verdict != "success" if tier == "none" else each.verdict == "broken"
        if strange and each.output:
            print("    " + "\n    ".join(each.output.strip().splitlines()[-3:]), flush=True)


def parsed() -> argparse.Namespace:
    """The options, checked; `names` are those of all attempts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help="which attempts, or groups of them (default: all)")
    tiers = [*TIERS, *(f"{each}{REFUSED}" for each in TIERS), "none"]
    add("--tier", action="append", choices=tiers, help="in which tiers (repeatable; default: all)")
    add("--as-uid", type=int, metavar="UID", help="run the attempts as this user; takes root")
    add("--jobs", type=int, default=1, metavar="N", help="how many attempts at once")
    add("--refuse-namespaces", action="store_true", help="let this be a host that refuses namespaces")
    add("--json", action="store_true", help="print the results as JSON")
    add("--markdown", action="store_true", help="print the table for the page")
    add("--write", action="store_true", help="write the table into docs/threat-model.md")
    add("--show", action="store_true", help="print the output of every run")
    add("--list", action="store_true", help="only print what there is")
    add("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    groups = {each.group for each in ATTEMPTS.values()}
    unknown = [name for name in options.names if name not in ATTEMPTS and name not in groups]
    if unknown:
        parser.error(f"there is no attempt `{unknown[0]}`")
    wanted = options.names
    options.names = [n for n, a in ATTEMPTS.items() if not wanted or n in wanted or a.group in wanted]
    tiers = [each for each in options.tier or TIERS if each != "none"]
    tiers = [each for each in tiers if not each.startswith("bwrap") or shutil.which("bwrap")]
    options.tiers = [each + REFUSED * options.refuse_namespaces for each in tiers]
    return options


def main() -> int:
    """Run what is asked for and print the table."""
    options = parsed()
    if options.list:
        print("\n".join(f"{name}: {ATTEMPTS[name].what}" for name in options.names))
        return 0
    user = User(options.as_uid)
    if options.worker:
        answer(sys.stdin, sys.stdout, lambda names: results_here(names, options.tiers, user))
        return 0
    if options.jobs > 1:
        found = ask(options.names, options.tiers, options.as_uid, options.jobs)
    else:
        found = results_here(options.names, options.tiers, user)
    results: dict[str, dict[str, Result]] = {}
    for name, each in found:
        results[name] = each
        if not options.json and not options.markdown:
            tell(name, each)
    report({name: results[name] for name in options.names}, options)
    return 0


def report(results: dict[str, dict[str, Result]], options: argparse.Namespace) -> None:
    """Print and write the results as it was asked for."""
    tiers = options.tiers
    if options.show:
        for name, found in results.items():
            for tier, each in found.items():
                print(f"--- {name}, {tier}: {each.verdict}\n{each.output}")
    if options.json:
        told = {name: {tier: each._asdict() for tier, each in found.items()} for name, found in results.items()}
        print(json.dumps({"attempts": told, "summary": summary(results, tiers)}, indent=2))
    elif options.markdown:
        print(markdown(results, tiers))
    else:
        for tier, each in summary(results, tiers).items():
            print(
                f"{tier}: {each['stopped']} of {each['of']} stopped, "
                f"{each['breaches']} of {each['breaches_of']} breaches"
            )
            print("".join(f"    not stopped: {name}\n" for name in each["not_stopped"]), end="")
    if options.write:
        write_page(ROOT / "docs" / "threat-model.md", markdown(results, tiers))


if __name__ == "__main__":
    sys.exit(main())
