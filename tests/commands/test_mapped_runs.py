"""`pyst run NAME` of what lies in a gist: fetched when it is not here, brought to its newest by `--latest`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Ended, Home, Pyst
from tests.github.home import data_folder, entry, mapped, put_mapping
from tests.github.server import GitHub
from tests.github.state import Gist

ONE, TWO, MINE = 'print("one")\n', 'print("two")\n', 'print("mine")\n'
ASKS = '# /// script\n# [tool.pyst.permissions]\n# net = ["example.org:443"]\n# ///\nprint("asks")\n'


@pytest.fixture
def gist(home: Home, hub: GitHub) -> Gist:
    """A gist that is mapped as `hello`, and not here."""
    gist = hub.add_gist({"hello.py": ONE})
    put_mapping(home, hello=entry(gist))
    return gist


def place(home: Home) -> Path:
    return data_folder(home) / "scripts" / "hello.py"


def code_of(ended: Ended) -> str:
    code: str = ended.json["diagnostics"][0]["code"]
    return code


def fails(pyst: Pyst, *words: str) -> tuple[int, str, str]:
    """The exit code, the failure's code, and its hint."""
    ended = pyst("--format", "json", *words)
    first = ended.json["diagnostics"][0]
    return ended.code, first["code"], first["hint"] or ""


def test_what_is_not_here_is_fetched_and_run(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    ended = pyst("run", "hello")
    assert (ended.code, ended.out) == (0, "one\n")
    assert f"fetched `hello` from gist:{gist.id}@{gist.version}#hello.py" in ended.err
    assert place(home).read_text() == ONE
    asked = len(hub.server.requests)
    again = pyst("run", "hello", PYST_SHARE_API_BASE="http://127.0.0.1:1")
    assert (again.out, again.err) == ("one\n", "")
    assert len(hub.server.requests) == asked


def test_exactly_what_is_mapped_is_fetched(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    hub.edit_gist(gist.id, {"hello.py": TWO, "hello.py.lock": "version = 1\n"})
    assert pyst("run", "global:hello").out == "one\n"
    assert not place(home).with_name("hello.py.lock").exists()


def test_the_lock_comes_with_it(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": ONE, "hello.py.lock": "version = 1\n"})
    put_mapping(home, hello=entry(gist, "hello.py"))
    pyst("run", "hello")
    assert place(home).with_name("hello.py.lock").read_text() == "version = 1\n"


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        ('[[package]]\nname = "six"\nversion = "1.17.0"\n', "six 1.17.0"),
        ("", "nothing"),
        ("package = 5\n", "nothing"),
        ("[[package]]\nname = 5\nversion = []\n", "nothing"),
        ("[package]\nname = {}\n", "nothing"),
    ],
)
def test_the_lock_is_shown_whatever_is_in_it(pyst: Pyst, home: Home, hub: GitHub, lock: str, told: str) -> None:
    gist = hub.add_gist({"hello.py": ONE, "hello.py.lock": f"version = 1\n{lock}"})
    put_mapping(home, hello=entry(gist, "hello.py", enabled=False))
    ended = pyst("--yes", "gists", "enable", "hello")
    assert ended.code == 0
    assert f"locked         {told}\n" in ended.err


def test_other_bytes_than_the_mapping_says_are_not_taken(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    put_mapping(home, hello=entry(gist, sha256="0" * 64))
    code, failure, _ = fails(pyst, "run", "hello")
    assert (code, failure) == (1, "E_FETCH_HASH")
    assert not place(home).exists()


def test_what_nobody_looked_at_here_does_not_run(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    put_mapping(home, hello=entry(gist, enabled=False))
    for words in (["run", "hello"], ["run", "--latest", "hello"]):
        code, failure, hint = fails(pyst, "--yes", *words)
        assert (code, failure) == (101, "E_NOT_ENABLED")
        assert "`pyst gists show hello`" in hint
        assert "`pyst gists enable hello`" in hint
    assert hub.server.requests == []
    assert pyst("--yes", "gists", "enable", "hello").code == 0
    assert pyst("run", "hello").out == "one\n"


def test_what_is_not_known_is_asked_about(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    """As of a mapping that SM left: a gist alone."""
    put_mapping(home, hello=entry(gist, file="", version="", sha256=""))
    assert fails(pyst, "run", "hello")[:2] == (64, "E_CONFIRM")
    assert not place(home).exists()
    ended = pyst("--yes", "run", "hello")
    assert ended.out == "one\n"
    assert "requires" in ended.err
    assert mapped(home)["hello"] == {**entry(gist), "updated_at": mapped(home)["hello"]["updated_at"]}


def test_nothing_is_fetched_for_a_plan(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    code, failure, hint = fails(pyst, "run", "--dry-run", "hello")
    assert (code, failure) == (127, "E_NOT_FOUND")
    assert f"gist:{gist.id}" in hint
    assert fails(pyst, "run", "--latest", "--dry-run", "hello")[:2] == (64, "E_USAGE")
    assert fails(pyst, "run", "--latest", "-c", "1")[:2] == (64, "E_USAGE")
    assert hub.server.requests == []


def test_offline(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    away = {"PYST_SHARE_API_BASE": "https://api.github.com"}
    for words in (["run", "hello"], ["run", "--latest", "hello"]):
        assert pyst("--offline", *words, **away).code == 102


@pytest.mark.parametrize("word", ["nobody", "project:hello", "installed:hello", "./hello", "a/hello", "hello.py/x"])
def test_any_other_word_is_what_it_was(pyst: Pyst, home: Home, hub: GitHub, gist: Gist, word: str) -> None:
    code, failure, _ = fails(pyst, "run", word)
    assert (code, failure) == (127, "E_NOT_FOUND")
    assert hub.server.requests == []


def test_a_near_miss_is_told(pyst: Pyst, home: Home, gist: Gist) -> None:
    assert "in your gists, did you mean `hello`?" in fails(pyst, "run", "helo")[2]


def test_a_mapping_that_can_not_be_understood_is_told(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    (data_folder(home) / "mapping.json").write_text("{")
    code, failure, hint = fails(pyst, "run", "hello")
    assert (code, failure) == (127, "E_NOT_FOUND")
    assert "can't be understood" in hint
    assert fails(pyst, "run", "--latest", "hello")[:2] == (1, "E_MAPPING")
    home.script("hello", MINE)
    assert pyst("run", "hello").out == "mine\n"


def test_a_script_that_is_here_is_run_without_a_look_at_the_mapping(pyst: Pyst, home: Home, hub: GitHub) -> None:
    home.script("hello", MINE)
    put_mapping(home, hello={"gist": "broken"})
    assert pyst("run", "hello").out == "mine\n"
    assert hub.server.requests == []


@pytest.mark.parametrize("status", [401, 403, 404, 501])
def test_a_failure_leaves_nothing(pyst: Pyst, home: Home, hub: GitHub, gist: Gist, status: int) -> None:
    before = mapped(home)
    hub.fail(status)
    code, failure, _ = fails(pyst, "run", "hello")
    assert code == 1
    assert failure.startswith("E_FETCH_")
    assert mapped(home) == before
    assert not place(home).exists()


def test_a_script_travels_from_one_machine_to_another(pyst: Pyst, home: Home, hub: GitHub, tmp_path: Path) -> None:
    """Shared here, looked at and run there, changed there, brought to its newest here."""
    there = tmp_path / "there"
    there.mkdir()
    other = {"HOME": str(there)}
    home.script("hello", ONE, where="global")
    assert pyst("--yes", "share", "hello").code == 0
    assert pyst("--yes", "sync").code == 0
    assert pyst("--yes", "sync", **other).code == 0
    blocked = pyst("run", "hello", **other)
    assert (blocked.code, blocked.out) == (101, "")
    assert ONE in pyst("gists", "show", "hello", **other).out
    assert pyst("--yes", "gists", "enable", "hello", **other).code == 0
    assert pyst("run", "hello", **other).out == "one\n"
    (there / ".local" / "share" / "pyst" / "scripts" / "hello.py").write_text(TWO)
    assert pyst("--yes", "share", "hello", **other).code == 0
    assert pyst("--yes", "sync", **other).code == 0
    assert pyst("run", "hello").out == "one\n"
    assert pyst("--yes", "run", "--latest", "hello").out == "two\n"
    assert pyst("--yes", "sync").code == 0
    assert mapped(home)["hello"]["enabled"]
    assert pyst("--format", "json", "gists").detail["scripts"][0]["state"] == "here"


def test_what_sync_tells_of_first_is_taken_after(pyst: Pyst, home: Home, hub: GitHub, tmp_path: Path) -> None:
    """The other machine has an older version, which nobody there changed: that is no change of its own."""
    there = tmp_path / "there"
    there.mkdir()
    other = {"HOME": str(there)}
    path = home.script("hello", ONE, where="global")
    pyst("--yes", "share", "hello")
    pyst("--yes", "sync")
    pyst("--yes", "sync", **other)
    pyst("--yes", "gists", "enable", "hello", **other)
    assert pyst("run", "hello", **other).out == "one\n"
    path.write_text(TWO)
    pyst("--yes", "share", "hello")
    pyst("--yes", "sync")
    assert pyst("--yes", "sync", **other).code == 0

    [row] = pyst("--format", "json", "gists", **other).detail["scripts"]
    assert (row["state"], row["enabled"]) == ("older", False)
    copy = there / ".local" / "share" / "pyst" / "scripts" / "hello.py"
    kept = copy.read_text()
    assert kept == ONE
    copy.write_text(MINE)
    assert pyst("--format", "json", "gists", **other).detail["scripts"][0]["state"] == "changed"
    assert pyst("--yes", "gists", "enable", "hello", **other).code == 0
    assert copy.read_text() == MINE
    for word in (["share", "hello"], ["run", "--latest", "hello"]):
        ended = pyst("--format", "json", "--yes", *word, **other)
        assert ended.json["diagnostics"][0]["code"] == "E_GIST_CONFLICT", word
    copy.write_text(ONE)
    ended = pyst("--format", "json", "--yes", "share", "hello", **other)
    assert ended.json["diagnostics"][0]["code"] == "E_GIST_CONFLICT"
    assert [each.text["hello.py"] for each in hub.gists.values() if "hello.py" in each.text] == [TWO]
    assert pyst("run", "--latest", "hello", **other).out == "two\n"  # it was looked at
    assert pyst("--format", "json", "gists", **other).detail["scripts"][0]["state"] == "here"
    copy.write_text(MINE)
    assert pyst("--yes", "share", "hello", **other).code == 0


def test_a_yes_to_a_newer_version_brings_it(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    pyst("run", "hello")
    old = entry(gist)
    hub.edit_gist(gist.id, {"hello.py": TWO})
    put_mapping(home, hello=entry(gist, enabled=False), older={"hello": old["sha256"]})
    shown = pyst("--yes", "gists", "enable", "hello")
    assert '-print("one")' in shown.err
    assert pyst("run", "hello").out == "two\n"
    assert "here" not in json.loads((data_folder(home) / "mapping.json").read_text())


# --latest


def test_the_newest_is_taken_on_a_yes(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    pyst("run", "hello")
    hub.edit_gist(gist.id, {"hello.py": TWO})
    assert pyst("run", "hello").out == "one\n"
    assert fails(pyst, "run", "--latest", "hello")[:2] == (64, "E_CONFIRM")
    assert place(home).read_text() == ONE
    ended = pyst("--yes", "run", "--latest", "hello")
    assert ended.out == "two\n"
    assert '-print("one")' in ended.err
    assert '+print("two")' in ended.err
    assert mapped(home)["hello"] == {**entry(gist), "updated_at": mapped(home)["hello"]["updated_at"]}
    quiet = pyst("run", "--latest", "hello")
    assert (quiet.out, quiet.err) == ("two\n", "")


def test_the_newest_is_fetched_where_nothing_is_here(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    assert pyst("run", "--latest", "hello").out == "one\n"
    place(home).unlink()
    hub.edit_gist(gist.id, {"hello.py": TWO})
    assert fails(pyst, "run", "--latest", "hello")[:2] == (64, "E_CONFIRM")
    assert pyst("--yes", "run", "--latest", "hello").out == "two\n"


def test_what_was_changed_here_is_not_overwritten(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    pyst("run", "hello")
    place(home).write_text(MINE)
    kept = pyst("run", "--latest", "hello")
    assert kept.out == "mine\n"
    assert "`pyst share hello` shares it" in kept.err
    hub.edit_gist(gist.id, {"hello.py": TWO})
    code, failure, hint = fails(pyst, "--yes", "run", "--latest", "hello")
    assert (code, failure) == (1, "E_GIST_CONFLICT")
    assert f"`pyst gists show gist:{gist.id}@{gist.version}#hello.py`" in hint
    assert "`pyst share --force hello`" in hint
    assert place(home).read_text() == MINE
    place(home).write_text(TWO)
    assert pyst("run", "--latest", "hello").out == "two\n"
    assert mapped(home)["hello"]["version"] == gist.version


def test_the_same_script_of_a_project_is_brought_to_its_newest(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    path = home.script("hello", ONE)
    hub.edit_gist(gist.id, {"hello.py": TWO})
    assert pyst("--yes", "run", "--latest", "hello").out == "two\n"
    assert path.read_text() == TWO
    assert not place(home).exists()


def test_another_script_of_that_name_in_a_project_stays(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    path = home.script("hello", MINE)
    hub.edit_gist(gist.id, {"hello.py": TWO})
    assert fails(pyst, "--yes", "run", "--latest", "hello")[1] == "E_GIST_CONFLICT"
    assert path.read_text() == MINE


def test_a_yes_beforehand_is_none_to_more_permissions(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    pyst("run", "hello")
    hub.edit_gist(gist.id, {"hello.py": ASKS})
    code, failure, _ = fails(pyst, "--yes", "run", "--latest", "hello")
    assert (code, failure) == (101, "E_PERMISSIONS")
    assert place(home).read_text() == ONE


@pytest.mark.parametrize("text", ["def (:\n", "# /// script\n# dependencies = 5\n# ///\n"])
def test_what_is_no_sound_script_is_not_taken(pyst: Pyst, home: Home, hub: GitHub, gist: Gist, text: str) -> None:
    pyst("run", "hello")
    hub.edit_gist(gist.id, {"hello.py": text})
    code, failure, _ = fails(pyst, "--yes", "run", "--latest", "hello")
    assert code == 1
    assert failure in ("E_SYNTAX", "E_METADATA")
    assert place(home).read_text() == ONE


def test_what_is_in_no_gist_has_no_newest(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    home.script("other", MINE)
    code, failure, hint = fails(pyst, "run", "--latest", "other")
    assert (code, failure) == (1, "E_NOT_MAPPED")
    assert "`pyst gists list`" in hint
    assert "did you mean `hello`?" in fails(pyst, "run", "--latest", "helo")[2]


def test_an_installed_script_is_brought_to_its_newest_by_update(pyst: Pyst, home: Home, gist: Gist) -> None:
    path = data_folder(home) / "installed" / "hello.py"
    path.parent.mkdir()
    path.write_text(ONE)
    code, failure, hint = fails(pyst, "run", "--latest", "hello")
    assert (code, failure) == (1, "E_NOT_MAPPED")
    assert "`pyst update hello`" in hint


def test_a_gist_that_lost_the_file(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    pyst("run", "hello")
    hub.edit_gist(gist.id, {"hello.py": None, "other.py": TWO})
    code, failure, _ = fails(pyst, "--yes", "run", "--latest", "hello")
    assert (code, failure) == (1, "E_FETCH_MISSING")
    assert place(home).read_text() == ONE


def test_a_gist_that_is_gone_is_told_by_the_name_of_the_script(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    hub.delete_gist(gist.id)
    for words in (("run", "hello"), ("--yes", "gists", "show", "hello")):
        told = pyst("--format", "json", *words).json["diagnostics"][0]
        assert told["code"] == "E_FETCH_MISSING"
        assert told["message"].startswith(
            f"`hello` is not where it is mapped: `gist:{gist.id}@{gist.version}#hello.py`"
        )
        assert told["message"].endswith(f"there is no gist `{gist.id}`")
        assert "`pyst gists forget hello`" in told["hint"]


ABOUT = {
    "which": ("which", "hello"),
    "info": ("info", "hello"),
    "explain": ("explain", "global:hello"),
    "share": ("share", "hello"),
    "edit": ("edit", "hello", "make it faster"),
    "check": ("check", "hello"),
    "trust": ("trust", "hello"),
    "add": ("add", "--script", "hello", "idna"),
}


@pytest.mark.parametrize("command", ABOUT)
def test_what_is_in_a_gist_alone_is_told_with_the_way_here(
    pyst: Pyst, home: Home, hub: GitHub, gist: Gist, command: str
) -> None:
    asked = len(hub.server.requests)
    code, failure, hint = fails(pyst, *ABOUT[command])
    assert (code, failure) == (127, "E_NOT_FOUND")
    assert f"gist:{gist.id}@{gist.version}#hello.py" in hint
    assert "`pyst run hello` fetches it, `pyst gists show hello` shows it" in hint
    put_mapping(home, hello=entry(gist, enabled=False))
    code, failure, hint = fails(pyst, *ABOUT[command])
    assert (code, failure) == (127, "E_NOT_FOUND")
    assert "`pyst gists enable hello`" in hint
    assert "pyst run" not in hint
    assert len(hub.server.requests) == asked
    assert not place(home).exists()


def test_a_bare_name_is_told_to_lie_in_a_gist(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    code, failure, hint = fails(pyst, "hello")
    assert (code, failure) == (64, "E_USAGE")
    assert hint.startswith(f"it lies in a gist (gist:{gist.id}@")
    assert "`pyst run hello` fetches it" in hint
    assert "`pyst run NAME`" in fails(pyst, "helo")[2]
    assert hub.server.requests == []


def test_what_can_be_looked_at_is_not_told_of_its_gist(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    assert "did you mean `hello`" in fails(pyst, "which", "helo")[2]
    assert "gist" not in fails(pyst, "which", "project:hello")[2]
    pyst("run", "hello")
    assert pyst("which", "hello").out == f"{place(home)}\n"
    (data_folder(home) / "mapping.json").write_text("{")
    assert "whether it lies in a gist can't be told" in fails(pyst, "info", "other")[2]


def many_hosts(more: str) -> str:
    """A script that asks for many hosts, and wants many packages, the code of which is long."""
    hosts = [f"h{number:03}.example:443" for number in range(300)]
    packages = [f"package-{number}" for number in range(300)]
    block = f"# dependencies = {packages!r}\n# [tool.pyst.permissions]\n# net = {[*hosts, more]!r}\n"
    return f'# /// script\n{block}# ///\n"""{"Long " * 999}."""\nx = "{"y" * 99999}"\n'


def test_nobody_can_scroll_away_what_matters(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": many_hosts("*.net")})
    put_mapping(home, hello=entry(gist, enabled=False))
    ended = pyst("gists", "enable", "hello")
    assert ended.code == 64
    assert "  asks for net   *.net, h000.example:443, " in ended.err
    assert "(301 in all)" in ended.err
    assert "(300 in all)" in ended.err
    assert max(len(line) for line in ended.err.splitlines()) < 1200


def test_what_it_asks_for_beyond_what_it_did_is_told_within_bounds(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": ONE})
    put_mapping(home, hello=entry(gist))
    pyst("run", "hello")
    hub.edit_gist(gist.id, {"hello.py": many_hosts("*.net")})
    ended = pyst("--format", "json", "--yes", "run", "--latest", "hello")
    told = ended.json["diagnostics"][0]
    assert (ended.code, told["code"]) == (101, "E_PERMISSIONS")
    assert "asks for more than it did: net *.net, h000.example:443, " in told["message"]
    assert "(301 in all); `--yes` is no yes to that" in told["message"]
