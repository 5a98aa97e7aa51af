"""What a listing knows of scripts, and when it reads them again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from pyst import hotpath
from pyst.scripts import library
from pyst.scripts.discover import find_script_files
from pyst.scripts.interfaces import interface_from_json, read_cached_interface
from pyst.scripts.introspect import read_interface
from pyst.scripts.library import Card, read_card, read_cards, read_source
from pyst.scripts.script import Interface, Parameter

LATER = 1 << 62
"""A time by which every file has settled."""


class Shelf(NamedTuple):
    root: Path
    cache: Path
    read: list[str]

    def cards(self, *, began_ns: int = LATER) -> dict[str, Card]:
        """The cards of all scripts, by name; `read` tells which files were read for them."""
        self.read.clear()
        founds = find_script_files(str(self.root), "project").found
        cards = read_cards(founds, str(self.cache), root=str(self.root), began_ns=began_ns)
        return {each.script.name: card for each, card in zip(founds, cards, strict=True)}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf(tmp_path / "scripts", tmp_path / "cache" / "interfaces", [])
    shelf.root.mkdir()

    def counted(path: str) -> bytes:
        shelf.read.append(os.path.basename(path))
        return read_source(path)

    monkeypatch.setattr(library, "read_source", counted)
    for name in "abc":
        (shelf.root / f"{name}.py").write_text(f'"""Script {name}."""\n')
    return shelf


def test_only_what_changed_is_read_again(shelf: Shelf) -> None:
    assert {name: card.summary for name, card in shelf.cards().items()} == {
        "a": "Script a.",
        "b": "Script b.",
        "c": "Script c.",
    }
    assert sorted(shelf.read) == ["a.py", "b.py", "c.py"]
    shelf.cards()
    assert shelf.read == []
    (shelf.root / "b.py").write_text('"""Another."""\n')
    assert shelf.cards()["b"].summary == "Another."
    assert shelf.read == ["b.py"]


def test_an_equal_content_is_read_but_not_parsed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.cards()
    os.utime(shelf.root / "a.py", ns=(5, 5))
    monkeypatch.setattr(library, "read_card", None)
    assert shelf.cards()["a"].summary == "Script a."
    assert shelf.read == ["a.py"]


def test_a_file_that_changed_a_moment_ago_is_not_kept(shelf: Shelf) -> None:
    changed = os.stat(shelf.root / "a.py").st_ctime_ns
    shelf.cards(began_ns=changed)
    shelf.cards(began_ns=changed)
    assert sorted(shelf.read) == ["a.py", "b.py", "c.py"]


def test_what_is_gone_is_forgotten(shelf: Shelf) -> None:
    shelf.cards()
    (shelf.root / "a.py").unlink()
    assert list(shelf.cards()) == ["b", "c"]
    (path,) = shelf.cache.iterdir()
    assert b"a.py" not in path.read_bytes()


@pytest.mark.parametrize(
    "damage", ["empty", "cut", "flipped", "other type", "future", "folder", "fifo", "writable by all"]
)
def test_a_broken_cache_reads_as_absent(shelf: Shelf, damage: str) -> None:
    shelf.cards()
    (path,) = shelf.cache.iterdir()
    data = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut":
        path.write_bytes(data[:-3])
    elif damage == "flipped":
        path.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    elif damage == "other type":
        path.write_bytes(hotpath.sealed(b"N"))
    elif damage == "future":
        path.write_bytes(hotpath.sealed(data[16:].replace(b"0.1.0", b"9.9.9", 1)))
    elif damage == "writable by all":
        path.chmod(0o666)
    else:
        path.unlink()
        path.mkdir() if damage == "folder" else os.mkfifo(path)
    assert shelf.cards()["a"].summary == "Script a."
    assert sorted(shelf.read) == ["a.py", "b.py", "c.py"]


def test_without_a_cache_folder_everything_is_read(shelf: Shelf) -> None:
    shelf.cache.parent.mkdir(exist_ok=True)
    shelf.cache.write_text("in the way")
    assert shelf.cards()["a"].summary == "Script a."
    assert shelf.cards()["a"].summary == "Script a."
    assert sorted(shelf.read) == ["a.py", "b.py", "c.py"]


def test_many_files_give_the_same_in_many_processes(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr("pyst.system.forks._cores", lambda: 3)
    assert {name: card.summary for name, card in shelf.cards().items()} == {
        "a": "Script a.",
        "b": "Script b.",
        "c": "Script c.",
    }
    assert len(shelf.read) == 2  # the first, and the first share; the others are read by children


def test_a_broken_script_has_a_reason_and_keeps_it(shelf: Shelf) -> None:
    (shelf.root / "a.py").write_text('"""Yes."""\nif True print()\n')
    (shelf.root / "b.py").write_text("# /// script\n# dependencies = 1\n# ///\n")
    os.truncate(shelf.root / "c.py", 1 << 30)
    first = shelf.cards()
    assert [(name, card.broken.code, card.broken.line) for name, card in first.items() if card.broken] == [
        ("a", "E_SYNTAX", 2),
        ("b", "E_METADATA", 2),
        ("c", "E_TOO_LARGE", 0),
    ]
    assert first["a"].summary == "Yes."
    assert shelf.cards() == first
    assert shelf.read == []


def test_the_syntax_of_a_newer_python_is_no_mistake() -> None:
    source = b'# /// script\n# requires-python = ">=99"\n# ///\n"""New."""\nnew syntax here\n'
    assert read_card(source, "x.py") == Card("block", None, "New.", None)
    broken = read_card(source.replace(b">=99", b">=3.8"), "x.py").broken
    assert broken is not None
    assert broken.code == "E_SYNTAX"


INTERFACE = Interface(
    "framework",
    "argparse",
    "Sum.",
    parameters=(
        Parameter("mode", "option", ("--mode", "-m"), choices=("a", 1), default="a"),
        Parameter("file", "argument", unknown=("type",), type=None),
    ),
    commands=(("sub", Interface("framework", parameters=(Parameter("x", "argument"),))),),
    unknown=("commands",),
    exit_notes=("2: no",),
)


def test_an_interface_survives_its_json() -> None:
    assert interface_from_json(INTERFACE.to_json()) == INTERFACE


def test_an_interface_is_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, cache = b'"""Sum."""\n', str(tmp_path / "interfaces")
    first = read_cached_interface(source, "x.py", cache)
    assert first == read_interface(source, "x.py")
    monkeypatch.setattr("pyst.scripts.introspect.read_interface", None)
    assert read_cached_interface(source, "elsewhere.py", cache) == first
    (path,) = (tmp_path / "interfaces").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(TypeError):  # the cache is broken, so that the script is read again
        read_cached_interface(source, "x.py", cache)
