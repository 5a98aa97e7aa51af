"""What is read of a script that was fetched, before anybody says yes to it."""

from __future__ import annotations

import pytest

from pyst.errors import Failure
from pyst.sharing.candidate import Candidate, examine
from pyst.sharing.fetched import make_fetched
from pyst.sharing.source_value import Source

BLOCK = """\
# /// script
# requires-python = ">=3.9"
# dependencies = ["six", "rich>=13"]
# [tool.pyst.permissions]
# net = ["b.example:443", "a.example:443", "a.example:443"]
# run = true
# read = false
# [tool.uv]
# extra-index-url = ["https://one.example/simple"]
# [[tool.uv.index]]
# url = "https://two.example/simple"
# [tool.uv.sources]
# six = {{ git = "https://git.example/six" }}
# {more}
# ///
\"\"\"Do it.

At length.
\"\"\"
raise SystemExit("this was executed")
"""


def examined(text: str, lock: bytes | None = None) -> Candidate:
    source = Source("file", "it.py", "/from/it.py")
    return examine(make_fetched(source, source, None, "it.py", text.encode(), lock), "/data/it.py", "/home/me")


def test_all_that_matters_is_read_from_the_text() -> None:
    found = examined(BLOCK.format(more=""), b"version = 1\n")
    assert found.summary == "Do it."
    assert found.requirements == ("six", "rich>=13")
    assert found.requires_python == ">=3.9"
    assert found.permissions == {"net": ["a.example:443", "b.example:443"], "run": ["*"]}
    assert found.origins[:2] == ("https://two.example/simple", "https://one.example/simple")
    assert "git.example" in found.origins[2]
    assert (found.path, found.lock, found.needs_lock) == ("/data/it.py", b"version = 1\n", True)


def test_a_script_without_a_block_needs_nothing() -> None:
    found = examined("print(1)\n")
    assert (found.metadata, found.requirements, found.permissions, found.origins) == (None, (), {}, ())
    assert not found.needs_lock


WRONG = {
    "E_METADATA": "# /// script\n# dependencies = ['six=1']\n# ///\n",
    "E_PERMISSIONS": "# /// script\n# [tool.pyst.permissions]\n# fly = true\n# ///\n",
    "E_SYNTAX": "def main(:\n",
}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_no_sound_script_is_refused(code: str) -> None:
    with pytest.raises(Failure) as caught:
        examined(WRONG[code])
    assert caught.value.code == code


@pytest.mark.parametrize(
    "uv", ["5", "'x'", "{ index = 5, sources = 'x' }", "{ index = [5, {}], sources = { six = 5 } }"]
)
def test_odd_settings_of_uv_are_shown_or_passed_over(uv: str) -> None:
    examined(f"# /// script\n# tool.uv = {uv}\n# ///\n")
