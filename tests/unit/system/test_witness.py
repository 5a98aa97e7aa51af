"""The witness: when a stamp tells enough to be relied upon."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyst.system.witness import COARSE_NS, RACY_NS, Witness, is_settled

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND


@pytest.mark.parametrize(
    ("changed", "settled"),
    [
        (NOW - RACY_NS - 1, True),
        (NOW - RACY_NS, False),
        (NOW + 5, False),  # a clock that was set back
        (NOW - SECOND, False),  # a filesystem of whole seconds may give the same stamp to a later write
        (NOW - COARSE_NS, False),
        (NOW - 3 * SECOND, True),
    ],
)
def test_a_stamp_settles_with_the_grain_of_its_filesystem(changed: int, settled: bool) -> None:
    assert is_settled(changed, NOW) is settled


def test_a_folder_that_is_searched_counts_by_its_entries(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    long_ago = NOW + 7
    os.utime(folder, ns=(long_ago, long_ago))
    witness = Witness()
    witness.look_into(str(folder))
    witness.look_into(str(tmp_path / "absent"))
    assert witness.times == {str(folder): long_ago, str(tmp_path / "absent"): 0}
    assert witness.is_settled()
    later = Witness()
    (folder / "python3").touch()
    later.look_into(str(folder))
    assert not later.is_settled()
