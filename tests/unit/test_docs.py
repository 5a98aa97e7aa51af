"""The checker of the pages: what it lets pass, what it does not, and that it runs what a page shows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))
import consoles  # noqa: E402
import generate  # noqa: E402

sys.path.remove(str(DOCS))


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        (["a"], ["a"]),
        (["a … c"], ["a b c"]),
        (["a…"], ["a"]),
        (["…"], []),
        (["…"], ["a", "b"]),
        (["a", "…", "c"], ["a", "b", "b", "c"]),
        (["…", "c"], ["a", "c", "c"]),
        (["took … ms (…)"], ["took 12 ms (warm)"]),
        (["a"], ["compiling the environment's modules", "a"]),
        (["compiling the environment's modules", "a"], ["compiling the environment's modules", "a"]),
    ],
)
def test_output_that_fits(expected: list[str], output: list[str]) -> None:
    assert consoles.fits(expected, output)


@pytest.mark.parametrize(
    ("expected", "output"),
    [
        (["a"], ["b"]),
        (["a"], ["a", "b"]),
        (["a", "b"], ["a"]),
        (["a … c"], ["a b d"]),
        (["a.c"], ["abc"]),
        (["a", "…", "c"], ["a", "b"]),
        (["compiling the environment's modules", "a"], ["a"]),
        (["a"], []),
    ],
)
def test_output_that_does_not_fit(expected: list[str], output: list[str]) -> None:
    assert not consoles.fits(expected, output)


PAGE = """\
# A page

```sh file=.pyst/hello.sh
echo hello "$1"
```

Text.

```console
$ sh .pyst/hello.sh you
hello you
$ sh .pyst/hello.sh \\
    there
hello somebody
$ exit_code() { return 3; }; exit_code
$ echo $?
3
```

```console no-run
$ rm -rf everything
```

<!-- project: empty -->
"""


def test_a_page_is_run_and_its_lies_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    done = list(consoles.check_page(page, tmp_path / "reader"))
    assert len(done) == 1
    wrong = done[0][1]
    assert [(each.step.line, each.code, each.output) for each in wrong] == [(12, 0, ["hello there"]), (15, 3, [])]
    assert "page.md:12" in str(wrong[0])


def test_recording_writes_what_was_said(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    done = list(consoles.check_page(page, tmp_path / "reader"))
    assert consoles.recorded(PAGE, done) == PAGE.replace("hello somebody", "hello there")


def test_the_reader_has_a_home_of_his_own(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- project: empty -->\n```console\n$ echo $HOME; pwd\n/home/you\n/home/you/project\n```\n")
    ((_, wrong),) = consoles.check_page(page, tmp_path / "reader")
    assert wrong == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Here and `there`\n")
    page = tmp_path / "page.md"
    page.write_text("[a](other.md#here-and-there) [b](other.md#nowhere) [c](absent.md) [d](https://example.org)\n")
    assert generate.broken_links(page) == [
        "page.md: there is no heading for `other.md#nowhere`",
        "page.md: the link `absent.md` leads nowhere",
    ]


@pytest.mark.parametrize("path", generate.pages(), ids=lambda path: path.name)
def test_no_page_has_a_broken_link(path: Path) -> None:
    assert generate.broken_links(path) == []


@pytest.mark.parametrize("path", sorted(generate.generated()), ids=lambda path: path.name)
def test_generated_pages_are_current(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generate.generated()[path]
