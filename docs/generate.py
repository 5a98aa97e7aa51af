"""Write the generated pages, and see that all pages tell the truth.

`python docs/generate.py` writes `commands.md` and the table in `settings.md`. `--check` changes nothing, but fails
where they are not current, where a link leads nowhere, or where a command on a page does not do what the page says.
`--record PAGE…` writes the real output below the commands of these pages, for a person to read and to accept.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from consoles import blocks_of, check_page, is_run, recorded
from reference import commands_page, settings_page

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """Every page that a reader gets, the README first."""
    found = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")]
    return [path for path in [*found, *sorted(DOCS.rglob("*.md"))] if path.exists()]


def generated() -> dict[Path, str]:
    """What each generated page has to be."""
    settings = DOCS / "settings.md"
    return {DOCS / "commands.md": commands_page(), settings: settings_page(settings.read_text(encoding="utf-8"))}


def is_current(path: Path, text: str) -> bool:
    """Whether a page is what it has to be."""
    return path.exists() and path.read_text(encoding="utf-8") == text


def anchors(page: str) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page, flags=re.M | re.S)
    titles = re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(path: Path) -> list[str]:
    """The links of a page that lead nowhere in this checkout."""
    broken = []
    for link in LINK.findall(re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)):
        name, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (path.parent / name).resolve() if name else path
        if not target.exists():
            broken.append(f"{path.name}: the link `{link}` leads nowhere")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
            broken.append(f"{path.name}: there is no heading for `{link}`")
    return broken


def check_consoles(paths: list[Path], *, record: bool = False) -> int:
    """Run what the pages say; the number of commands that did something else."""
    failures = 0
    for path in paths:
        if not any(is_run(block) for block in blocks_of(path.read_text(encoding="utf-8"))):
            continue
        with tempfile.TemporaryDirectory(prefix="pyst-docs-") as folder:
            done = list(check_page(path, Path(folder), strict=record))
        wrong = [each for _, found in done for each in found]
        print(f"{path.relative_to(ROOT)}: {len(done)} blocks, {len(wrong)} wrong commands", flush=True)
        if record:
            path.write_text(recorded(path.read_text(encoding="utf-8"), done), encoding="utf-8")
        else:
            for each in wrong:
                print(each)
        failures += len(wrong)
    return failures


def main() -> int:
    """Write, check or record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a page is wrong")
    parser.add_argument("--record", action="store_true", help="write the real output into the pages")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE", help="only these pages (default: all)")
    options = parser.parse_args()
    chosen = [path.resolve() for path in options.pages] or pages()
    if options.record:
        check_consoles(chosen, record=True)
        return 0
    stale = [
        path for path, text in generated().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if not options.check:
        for path in stale:
            path.write_text(generated()[path], encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
        return 0
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not current: `python docs/generate.py` writes it")
    broken = [each for path in chosen for each in broken_links(path)]
    print("\n".join(broken), end="\n" if broken else "")
    failures = check_consoles(chosen)
    return 1 if stale or broken or failures else 0


if __name__ == "__main__":
    sys.exit(main())
