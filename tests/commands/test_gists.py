"""`pyst gists`: what is mapped and how it stands, looks at it, enabling, forgetting, taking over SM's mapping."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ended, Home, Pyst
from tests.github.home import data_folder, entry, mapped, put_mapping
from tests.github.server import GitHub
from tests.github.state import Gist

ONE, TWO = '"""Counts."""\nprint("one")\n', 'print("two")\n'


@pytest.fixture
def gist(hub: GitHub) -> Gist:
    return hub.add_gist({"hello.py": ONE})


def code_of(ended: Ended) -> str:
    code: str = ended.json["diagnostics"][0]["code"]
    return code


def rows(ended: Ended) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in ended.detail["scripts"]}


def test_nothing_is_mapped(pyst: Pyst) -> None:
    ended = pyst("gists")
    assert (ended.code, ended.err) == (0, "")
    assert "`pyst share SCRIPT`" in ended.out


def test_what_is_mapped_and_how_it_stands(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    (folder := data_folder(home) / "scripts").mkdir(parents=True)
    (folder / "here.py").write_text(ONE)
    (folder / "changed.py").write_text(TWO)
    (folder / "unknown.py").write_text(TWO)
    put_mapping(
        home,
        here=entry(gist, tags=["daily", "x"], later=[1]),
        changed=entry(gist, tags=["daily"]),
        missing=entry(gist),
        unknown=entry(gist, sha256="", version="", file=""),
        strange=entry(gist, enabled=False),
    )
    found = rows(pyst("--format", "json", "gists", "list"))
    states = {"here": "here", "changed": "changed", "missing": "missing", "unknown": "unknown", "strange": "missing"}
    assert {name: each["state"] for name, each in found.items()} == states
    assert found["here"]["path"] == str(folder / "here.py")
    assert found["missing"]["path"] is None
    shown = pyst("gists").out.splitlines()
    assert [line.split()[:2] for line in shown][-2:] == [["strange", "disabled"], ["unknown", "unknown"]]
    assert "#daily #x" in next(line for line in shown if line.startswith("here"))
    assert list(rows(pyst("--format", "json", "gists", "--tag", "daily"))) == ["changed", "here"]
    assert list(rows(pyst("--format", "json", "gists", "--tag", "daily", "--tag", "x"))) == ["here"]
    assert hub.server.requests == []


def test_the_gists_of_the_user(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    many = [hub.add_gist({f"n{number}.py": TWO}, public=True, description="many") for number in range(120)]
    hub.add_gist({"theirs.py": TWO}, owner="bob", public=True)
    put_mapping(home, hello=entry(gist), again=entry(gist))
    found = {each["gist"]: each for each in pyst("--format", "json", "gists", "list", "--remote").detail["gists"]}
    assert set(found) == {gist.id, *(each.id for each in many)}
    assert found[gist.id]["names"] == ["again", "hello"]
    assert (found[gist.id]["public"], found[gist.id]["files"]) == (False, ["hello.py"])
    shown = pyst("gists", "list", "--remote").out
    assert f"gist:{gist.id}  secret" in shown
    assert "again, hello" in shown


def test_the_gists_of_the_user_need_a_token(pyst: Pyst, home: Home, hub: GitHub) -> None:
    del home.environ["GITHUB_TOKEN"]
    assert code_of(pyst("--format", "json", "gists", "--remote")) == "E_TOKEN"


def test_a_look_executes_and_keeps_nothing(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    old = gist.version
    path = put_mapping(home, hello=entry(gist, enabled=False))
    before = path.read_bytes()
    hub.edit_gist(gist.id, {"hello.py": TWO, "hello.py.lock": "version = 1\n"})
    shown = pyst("--format", "json", "gists", "show", "hello").detail["shown"]
    assert (shown["text"], shown["has_lock"]) == (ONE, False)
    assert shown["source"] == f"gist:{gist.id}@{old}#hello.py"
    assert pyst("gists", "show", "hello").out == ONE
    newest = pyst("--format", "json", "gists", "show", f"gist:{gist.id}").detail["shown"]
    assert (newest["text"], newest["has_lock"]) == (TWO, True)
    assert sorted(each.name for each in data_folder(home).iterdir()) == ["mapping.json"]
    assert path.read_bytes() == before


def test_a_text_can_not_steer_the_terminal(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": "print('\x1b[2J\u202e')\n"}, description="\x1b]0;x\x07\u202e")
    put_mapping(home, hello=entry(gist))
    for words in (["show", "hello"], ["list", "--remote"]):
        out = pyst("gists", *words).out
        assert not set(out) & {"\x1b", "\u202e", "\x07"}
        assert "\\u202e" in out


def test_enabling_binds_exactly_what_was_shown(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    put_mapping(home, hello=entry(gist, enabled=False), other=entry(gist, enabled=False, version="", sha256=""))
    refused = pyst("--format", "json", "gists", "enable", "hello")
    assert (refused.code, code_of(refused)) == (64, "E_CONFIRM")
    assert not mapped(home)["hello"]["enabled"]
    hub.edit_gist(gist.id, {"hello.py": TWO})
    ended = pyst("--yes", "gists", "enable", "hello", "other")
    assert (ended.code, ended.out) == (0, "enabled  hello\nenabled  other\n")
    assert '+print("one")' in ended.err
    found = mapped(home)
    assert found["hello"]["enabled"]
    assert found["hello"]["version"] == gist.revisions[0].version
    assert (found["other"]["version"], found["other"]["sha256"]) == (gist.version, entry(gist)["sha256"])
    assert not (data_folder(home) / "scripts").exists()
    asked = len(hub.server.requests)
    assert pyst("gists", "enable", "hello").code == 0
    assert len(hub.server.requests) == asked
    assert pyst("gists", "disable", "hello").out == "disabled  hello\n"
    assert not mapped(home)["hello"]["enabled"]


def test_what_is_forgotten_stays_where_it_is(pyst: Pyst, home: Home, hub: GitHub, gist: Gist) -> None:
    put_mapping(home, hello=entry(gist), other=entry(gist))
    pyst("run", "hello")
    assert pyst("gists", "forget", "hello").out == "forgotten  hello\n"
    assert list(mapped(home)) == ["other"]
    assert (data_folder(home) / "scripts" / "hello.py").exists()
    assert gist.id in hub.gists
    assert code_of(pyst("--format", "json", "gists", "forget", "hello")) == "E_NOT_MAPPED"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["lst"], "E_USAGE"),
        (["show"], "E_USAGE"),
        (["show", "a", "b"], "E_USAGE"),
        (["enable"], "E_USAGE"),
        (["list", "hello"], "E_USAGE"),
        (["show", "hello", "--remote"], "E_USAGE"),
        (["show", "https://example.org/x.py"], "E_USAGE"),
        (["show", "gist:nobody"], "E_SOURCE"),
        (["show", "nobody"], "E_NOT_MAPPED"),
        (["enable", "nobody"], "E_NOT_MAPPED"),
    ],
)
def test_words_that_mean_nothing(pyst: Pyst, hub: GitHub, words: list[str], code: str) -> None:
    ended = pyst("--format", "json", "gists", *words)
    assert code_of(ended) == code
    assert hub.server.requests == []


# The mapping of SM

FORMS: dict[str, Any] = {
    "by name": {"hello": {"gist_id": "0A", "created_at": "2025-03-01T10:00:00+02:00"}, "two": {"gist_id": "0b"}},
    "ids alone": {"hello": "0a", "two": "0b"},
    "a list": [{"script_name": "hello", "gist_id": "0a", "created_at": 1740816000}, {"name": "two", "gist_id": "0b"}],
    "in a table": {"version": 3, "scripts": {"hello": {"gist_id": "0a"}, "two": {"gist_id": "0b"}}},
}


def put_sm(home: Home, body: Any) -> Path:
    path = home.path / ".sm" / "mapping.json"
    path.parent.mkdir()
    path.write_text(body if isinstance(body, str) else json.dumps(body))
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_sms_mapping_is_taken_over(pyst: Pyst, home: Home, form: str) -> None:
    path = put_sm(home, FORMS[form])
    before = path.read_bytes()
    ended = pyst("gists", "import")
    assert ended.out == "imported  hello\nimported  two\n"
    assert {name: each["gist"] for name, each in mapped(home).items()} == {"hello": "0a", "two": "0b"}
    assert mapped(home)["hello"]["enabled"]
    assert mapped(home)["hello"]["sha256"] == ""
    if form in ("by name", "a list"):
        assert mapped(home)["hello"]["created_at"] == "2025-03-01T08:00:00Z"
    assert path.read_bytes() == before


def test_what_can_not_be_taken_over_is_told(pyst: Pyst, home: Home, gist: Gist) -> None:
    put_mapping(home, hello=entry(gist))
    body = {
        "Hello": {"gist_id": "0a"},
        "my script.py": "0b",
        "../..": "0c",
        "x": {"gist_id": "../y"},
        "y": 5,
        "z": "0d",
    }
    put_sm(home, body)
    detail = pyst("--format", "json", "gists", "import").detail
    assert [each["name"] for each in detail["scripts"]] == ["my-script", "z"]
    assert {each["name"]: each["reason"] for each in detail["left_out"]} == {
        "Hello": "`Hello` is in the mapping already",
        "../..": "that is no name",
        "x": "it names no gist",
        "y": "it names no gist",
    }
    assert mapped(home)["hello"] == entry(gist)


def test_it_is_offered_once(pyst: Pyst, home: Home) -> None:
    put_sm(home, {"hello": "0a"})
    offered = pyst("--format", "json", "gists")
    assert [each["code"] for each in offered.json["diagnostics"]] == ["I_SM_MAPPING"]
    assert mapped(home) == {}
    assert list(rows(pyst("--yes", "--format", "json", "gists"))) == ["hello"]
    pyst("gists", "forget", "hello")
    again = pyst("--yes", "--format", "json", "gists")
    assert (again.json["diagnostics"], rows(again)) == ([], {})


@pytest.mark.parametrize("body", ["{", "5", '"x"', "null", "[" * 9999])
def test_one_that_can_not_be_understood(pyst: Pyst, home: Home, body: str) -> None:
    path = put_sm(home, body)
    ended = pyst("--format", "json", "gists", "import")
    assert (ended.code, code_of(ended)) == (1, "E_MAPPING")
    assert str(path) in ended.json["diagnostics"][0]["message"]
    told = pyst("--yes", "--format", "json", "gists")
    assert (told.code, code_of(told)) == (0, "W_SM_MAPPING")
    assert not (data_folder(home) / "mapping.json").exists()


def test_one_that_is_elsewhere(pyst: Pyst, home: Home) -> None:
    (home.project / "old.json").write_text('{"hello": "0a"}')
    assert pyst("gists", "import", "old.json").out == "imported  hello\n"
    assert code_of(pyst("--format", "json", "gists", "import", "nowhere.json")) == "E_NOT_FOUND"


def test_what_was_taken_over_runs_after_a_look(pyst: Pyst, home: Home, gist: Gist) -> None:
    put_sm(home, {"count": {"gist_id": gist.id}})
    pyst("gists", "import")
    assert pyst("--yes", "run", "count").out == "one\n"
    assert mapped(home)["count"]["version"] == gist.version
