"""How an installed script stands, by its bytes, its lock and the manifest; and what accepting a change changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.integrity import (
    UNSEEN,
    Contents,
    accepted,
    check_integrity,
    integrity_failure,
    lock_hash,
    standing,
    state_of,
)
from pyst.sharing.manifest import Installed, Manifest
from pyst.system.digest import sha256
from pyst.system.witness import Witness

SOURCE, LOCK = b"print(1)\n", b"version = 1\n"
FILE = "/data/installed/tool.py"


def manifest(file: str = FILE, lock: bytes | None = LOCK) -> Manifest:
    entry = Installed(
        "tool",
        file,
        source="gist:ab",
        pinned="gist:ab@cd#tool.py",
        ref="",
        commit="cd",
        sha256=sha256(SOURCE),
        size_bytes=len(SOURCE),
        installed_at=1,
        updated_at=1,
        lock_sha256=None if lock is None else sha256(lock),
    )
    return Manifest({"tool": entry})


LOCKS = {"the same": sha256(LOCK), "another": sha256(b"x"), "none": None, "not looked at": UNSEEN}


@given(st.binary(max_size=20), st.sampled_from(sorted(LOCKS)), st.booleans())
def test_what_is_intact_is_what_the_manifest_says_and_nothing_else(data: bytes, which: str, has_lock: bool) -> None:
    known = manifest(lock=LOCK if has_lock else None)
    state = state_of(FILE, data, known, LOCKS[which])
    fits = which == "not looked at" or (which == "the same" if has_lock else which == "none")
    assert state == ("changed" if data != SOURCE else "intact" if fits else "lock_changed")
    assert state_of(FILE, SOURCE, known, LOCKS[which]) == ("intact" if fits else "lock_changed")


def test_bytes_or_their_hash_are_the_same_question() -> None:
    check_integrity(FILE, SOURCE, manifest())
    check_integrity(FILE, sha256(SOURCE), manifest())
    for data in (b"", sha256(b"")):
        with pytest.raises(Failure) as caught:
            check_integrity(FILE, data, manifest())
        assert (caught.value.code, caught.value.exit) == ("E_INTEGRITY", 101)
        assert "`pyst update tool`" in caught.value.hint


@pytest.mark.parametrize("path", ["/data/installed/other.py", "/data/installed/tool", "/elsewhere/tool.py"])
def test_what_the_manifest_does_not_name_is_not_installed(path: str) -> None:
    assert state_of(path, SOURCE, manifest()) == "unlisted"
    with pytest.raises(Failure, match="pyst did not install it"):
        check_integrity(path, SOURCE, manifest())


@pytest.fixture
def there(tmp_path: Path) -> Path:
    path = tmp_path / "tool.py"
    path.write_bytes(SOURCE)
    path.with_name("tool.py.lock").write_bytes(LOCK)
    return path


def test_a_lock_counts_as_it_is_now(there: Path) -> None:
    known, lock = manifest(str(there)), there.with_name("tool.py.lock")
    assert standing(str(there), SOURCE, known, Witness()) == "intact"
    assert lock_hash(str(there), Witness()) == sha256(LOCK)
    lock.write_bytes(b"other")
    assert standing(str(there), SOURCE, known, Witness()) == "lock_changed"
    lock.unlink()
    assert standing(str(there), SOURCE, known, Witness()) == "lock_changed"
    lock.mkdir()  # what can't be read is not what was installed
    assert standing(str(there), SOURCE, known, Witness()) == "lock_changed"


def test_a_link_from_elsewhere_needs_no_lock_beside_it_but_none_may_lie_there(there: Path, tmp_path: Path) -> None:
    known, link = manifest(str(there)), tmp_path / "elsewhere" / "mine.py"
    link.parent.mkdir()
    link.symlink_to(there)
    assert standing(str(link), SOURCE, known, Witness()) == "intact"
    (link.parent / "mine.py.lock").write_bytes(b"other")
    assert standing(str(link), SOURCE, known, Witness()) == "lock_changed"
    assert standing(str(link), b"other", known, Witness()) == "changed"


def test_what_it_rests_on_is_witnessed(there: Path, tmp_path: Path) -> None:
    witness, place = Witness(), tmp_path / "manifest.json"
    failure = integrity_failure(str(there), SOURCE, str(place), witness)
    assert failure is not None
    assert failure.code == "E_INTEGRITY"
    assert {str(place), f"{there}.lock"} <= witness.stamps.keys()


def test_accepting_binds_what_is_there_and_forgets_nothing() -> None:
    known = manifest()
    now = Contents(sha256(b"new"), 3, 99, None, {"net": ["*"]}, ("six",))
    entry = accepted(known, FILE, now).scripts["tool"]
    assert entry == known.scripts["tool"]._replace(**now._asdict())
    assert (entry.source, entry.pinned, entry.installed_at) == ("gist:ab", "gist:ab@cd#tool.py", 1)
    same = now._replace(sha256=sha256(SOURCE), lock_sha256=sha256(LOCK))
    assert accepted(known, FILE, same) is known  # the time alone is no change
    with pytest.raises(Failure, match="pyst did not install it"):
        accepted(known, "/data/installed/other.py", now)
