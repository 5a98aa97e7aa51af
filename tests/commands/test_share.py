"""`pyst share`: what is sent, what is refused, and what is remembered; against a GitHub on loopback."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyst.app import App
from pyst.cli.main import main
from pyst.sharing.revealing import MARKER
from tests.conftest import Ended, Home, Pyst
from tests.github.home import entry, put_mapping
from tests.github.server import GitHub, github
from tests.github.state import BOB, OTHER_TOKEN, READING_TOKEN, TOKEN

HELLO = '"""Say hello."""\nprint("hello")\n'
CHANGED = '"""Say hello."""\nprint("hello, changed")\n'


@pytest.fixture
def hub(home: Home) -> Iterator[GitHub]:
    """A GitHub that the home's settings name, with a script that may be shared, and Ada's token."""
    with github() as hub:
        home.environ.update(GITHUB_TOKEN=TOKEN, PYST_SHARE_API_BASE=hub.url)
        home.script("hello", HELLO)
        yield hub


def mapping(home: Home) -> dict[str, dict[str, object]]:
    path = home.path / ".local" / "share" / "pyst" / "mapping.json"
    scripts: dict[str, dict[str, object]] = json.loads(path.read_text())["scripts"] if path.exists() else {}
    return scripts


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def the_gist(hub: GitHub) -> str:
    [gist] = hub.gists
    return gist


def code_of(ended: Ended) -> str:
    code: str = ended.json["diagnostics"][0]["code"]
    return code


def test_a_script_becomes_a_secret_gist(pyst: Pyst, home: Home, hub: GitHub) -> None:
    ended = pyst("--yes", "share", "hello")
    assert ended.code == 0, ended.err
    gist = hub.gists[the_gist(hub)]
    assert (gist.text, gist.public, gist.newest.description) == ({"hello.py": HELLO}, False, "Say hello.")
    assert gist.id in ended.out
    assert "whoever has its address can read it" in ended.err
    entry = mapping(home)["hello"]
    assert entry == {
        "gist": gist.id,
        "file": "hello.py",
        "version": gist.version,
        "sha256": sha256(HELLO),
        "created_at": entry["created_at"],
        "updated_at": entry["created_at"],
        "tags": [],
        "enabled": True,
    }


def test_what_is_asked_for_is_sent(pyst: Pyst, home: Home, hub: GitHub) -> None:
    lock = home.project / ".pyst" / "hello.py.lock"
    lock.write_text("version = 1\n")
    words = ("--public", "--as", "greeting", "--description", "My words", "--tag", "daily", "--tag", "daily")
    detail = pyst("--yes", "--format", "json", "share", *words, "hello").detail
    gist = hub.gists[the_gist(hub)]
    assert gist.text == {"greeting.py": HELLO, "greeting.py.lock": "version = 1\n"}
    assert (gist.public, gist.newest.description) == (True, "My words")
    assert (detail["action"], detail["gist"], detail["version"]) == ("created", gist.id, gist.version)
    assert [each["name"] for each in detail["files"]] == ["greeting.py", "greeting.py.lock"]
    assert mapping(home)["greeting"]["tags"] == ["daily"]
    assert pyst("--yes", "share", "--no-lock", "--as", "greeting", "hello").code == 0
    assert gist.text == {"greeting.py": HELLO}


def test_it_is_shared_again_into_the_same_gist(pyst: Pyst, home: Home, hub: GitHub) -> None:
    pyst("--yes", "share", "hello")
    before = mapping(home)["hello"]
    unchanged = pyst("--format", "json", "share", "hello")
    assert unchanged.detail["action"] == "unchanged"
    assert len(hub.writes) == 1
    home.script("hello", CHANGED)
    ended = pyst("--yes", "--format", "json", "share", "hello")
    gist = hub.gists[the_gist(hub)]
    assert ended.detail["action"] == "updated"
    assert '-print("hello")\n+print("hello, changed")' in ended.detail["difference"]
    assert gist.text == {"hello.py": CHANGED}
    assert len(gist.revisions) == 2
    after = mapping(home)["hello"]
    assert (after["version"], after["sha256"]) == (gist.version, sha256(CHANGED))
    assert after["created_at"] == before["created_at"]


def test_nothing_is_sent_without_a_yes(pyst: Pyst, home: Home, hub: GitHub) -> None:
    ended = pyst("--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (64, "E_CONFIRM")
    planned = pyst("--format", "json", "share", "--dry-run", "hello")
    assert (planned.code, planned.detail["action"], planned.detail["gist"]) == (0, "planned", None)
    assert "print" in planned.detail["difference"]
    assert (hub.writes, mapping(home)) == ([], {})


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def asked(home: Home, answer: str, *words: str) -> tuple[int, str, str]:
    """Run pyst on a terminal on which `answer` is typed: the exit code, and what was said on both streams."""
    out, err = io.StringIO(), Terminal()

    def make_app(**given: Any) -> App:
        return App(environ=home.environ, cwd=str(home.project), stdin=Terminal(answer), stdout=out, stderr=err, **given)

    return main(list(words), make_app), out.getvalue(), err.getvalue()


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "no\n", "what\n"])
def test_any_other_answer_is_a_no(home: Home, hub: GitHub, answer: str) -> None:
    code, out, err = asked(home, answer, "share", "--public", "hello")
    assert (code, out) == (1, "nothing was sent\n")
    assert "a new public gist: everybody can find and read it" in err
    assert '+print("hello")' in err
    assert "Send it? [y/N]" in err
    assert (hub.writes, mapping(home)) == ([], {})


def test_a_yes_is_one(home: Home, hub: GitHub) -> None:
    assert asked(home, "y\n", "share", "hello")[0] == 0
    home.script("hello", CHANGED)
    code, _, err = asked(home, "yes\n", "share", "hello")
    assert code == 0
    assert "Change the gist? [y/N]" in err
    assert hub.gists[the_gist(hub)].text == {"hello.py": CHANGED}


def test_what_is_shown_of_a_long_script_is_bounded(home: Home, hub: GitHub) -> None:
    home.script("hello", "".join(f"print({number})\n" for number in range(5000)))
    _, _, err = asked(home, "n\n", "share", "hello")
    assert "more lines; `--dry-run --format json` has all" in err
    assert len(err.splitlines()) < 100


def test_a_plan_of_a_new_gist_needs_neither_network_nor_token(pyst: Pyst, home: Home, hub: GitHub) -> None:
    del home.environ["GITHUB_TOKEN"]
    planned = pyst("--offline", "share", "--dry-run", "hello", PYST_SHARE_API_BASE="https://api.github.com")
    assert planned.code == 0
    assert "hello would go to a new secret gist" in planned.out
    assert '+print("hello")' in planned.out
    assert hub.server.requests == []


def test_another_pyst_that_was_faster_is_told(pyst: Pyst, home: Home, hub: GitHub) -> None:
    """Two share the same name for the first time, and both were asked before either sent anything."""
    pyst("--yes", "share", "hello")
    home.script("hello", CHANGED)
    gist = the_gist(hub)
    hub.meanwhile(f"GET /gists/{gist}", lambda: pyst("gists", "forget", "hello"))
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (1, "E_CHANGED_MEANWHILE")
    assert hub.gists[gist].text == {"hello.py": HELLO}


def test_a_mapping_that_can_not_be_written_says_how_to_remember_the_gist(
    pyst: Pyst, home: Home, hub: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyst.errors import Failure
    from pyst.sharing import mapping as module

    def refuse(*_: object, **__: object) -> None:
        raise Failure("E_WRITE", "no room")

    with monkeypatch.context() as patched:
        patched.setattr(module, "change_mapping", refuse)
        ended = pyst("--yes", "--format", "json", "share", "hello")
    gist = the_gist(hub)
    assert (ended.code, code_of(ended)) == (1, "E_WRITE")
    assert f"`pyst share --gist {gist} hello`" in ended.json["diagnostics"][0]["hint"]
    assert pyst("share", "--gist", gist, "hello").code == 0
    assert (list(hub.gists), mapping(home)["hello"]["gist"]) == ([gist], gist)


SECRETS = {
    "of a known form": (f'x = "ghp_{"aB3" * 12}"', "a token of GitHub"),
    "of the user's own": ('x = "correct horse battery"', "`SERVICE_TOKEN`"),
    "given to a name": ('PASSWORD = "aB3dE6gH9kL2"', "`PASSWORD`"),
}


@pytest.mark.parametrize("case", SECRETS)
def test_a_secret_is_not_sent(pyst: Pyst, home: Home, hub: GitHub, case: str) -> None:
    line, told = SECRETS[case]
    home.environ["SERVICE_TOKEN"] = "correct horse battery"
    path = home.script("hello", f"import os\n{line}\n")
    ended = pyst("--yes", "share", "hello")
    assert ended.code == 1
    assert f"{path}:2: " in ended.err
    assert told in ended.err
    assert line.split('"')[1] not in ended.err + ended.out
    assert MARKER in ended.err
    assert (hub.server.requests, mapping(home)) == ([], {})
    home.script("hello", f"import os\n{line}  # {MARKER}\n")
    assert pyst("--yes", "share", "hello").code == 0


def test_a_secret_in_a_lock_is_not_sent(pyst: Pyst, home: Home, hub: GitHub) -> None:
    lock = home.project / ".pyst" / "hello.py.lock"
    lock.write_text('source = { registry = "https://ada:pa55word@example.org/simple" }\n')
    ended = pyst("--yes", "share", "hello")
    assert f"{lock}:1: a password in an address" in ended.err
    assert hub.writes == []
    assert pyst("--yes", "share", "--no-lock", "hello").code == 0


@pytest.mark.parametrize("content", [b"", b" \n", b"print('gr\xf6sse')\n", b"x = '\0'\n", b"#" * (1 << 20) + b"\n"])
def test_what_no_gist_can_hold_is_refused(pyst: Pyst, home: Home, hub: GitHub, content: bytes) -> None:
    home.script("hello", HELLO).write_bytes(content)
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (1, "E_NOT_SHAREABLE")
    assert hub.server.requests == []


@pytest.mark.parametrize(
    "text", ["# Größe 💡 \u2028 \x0c\nprint(1)\n", "print(1)\r\nprint(2)\r\n", "\ufeffprint(1)\n", "print(1)"]
)
def test_bytes_stay_what_they_are(pyst: Pyst, home: Home, hub: GitHub, text: str) -> None:
    home.script("hello", HELLO).write_bytes(text.encode())
    assert pyst("--yes", "share", "hello").code == 0
    assert hub.gists[the_gist(hub)].newest.files["hello.py"] == text.encode()


def test_what_somebody_else_wrote_is_not_overwritten(pyst: Pyst, home: Home, hub: GitHub) -> None:
    pyst("--yes", "share", "hello")
    gist = the_gist(hub)
    theirs = hub.edit_gist(gist, {"hello.py": "print('theirs')\n"}).version
    home.script("hello", CHANGED)
    ended = pyst("--yes", "share", "hello")
    assert ended.code == 1
    assert f"`pyst gists show gist:{gist}@{theirs}#hello.py`" in ended.err
    assert "`pyst run --latest hello`" in ended.err
    assert hub.gists[gist].version == theirs
    assert "theirs" in pyst("gists", "show", f"gist:{gist}@{theirs}#hello.py").out
    assert pyst("--yes", "share", "--force", "hello").code == 0
    assert hub.gists[gist].text == {"hello.py": CHANGED}


def test_a_hint_can_be_copied_into_a_shell(pyst: Pyst, home: Home, hub: GitHub) -> None:
    name = "x; touch gone #$(id).py"
    gist = hub.add_gist({name: HELLO})
    put_mapping(home, hello=entry(gist))
    hub.edit_gist(gist.id, {name: "print('theirs')\n"})
    home.script("hello", CHANGED)
    ended = pyst("--yes", "share", "hello")
    assert f"`pyst gists show 'gist:{gist.id}@{gist.version}#{name}'`" in ended.err


def test_what_came_from_elsewhere_under_that_name_is_not_changed_unseen(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": "print('elsewhere')\n"})
    put_mapping(home, hello=entry(gist, enabled=False))
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (101, "E_NOT_ENABLED")
    assert hub.writes == []
    assert pyst("--yes", "share", "--as", "mine", "hello").code == 0
    assert len(hub.gists) == 2
    assert pyst("--yes", "share", "--force", "hello").code == 0
    assert gist.text == {"hello.py": HELLO}


def test_who_is_asked_is_shown_what_even_with_q(home: Home, hub: GitHub) -> None:
    _, _, err = asked(home, "n\n", "-q", "share", "hello")
    assert '+print("hello")' in err
    code, _, err = asked(home, "", "-q", "--yes", "share", "hello")
    assert (code, err) == (0, "")


def test_a_change_of_other_files_is_no_conflict(pyst: Pyst, home: Home, hub: GitHub) -> None:
    pyst("--yes", "share", "hello")
    gist = the_gist(hub)
    hub.edit_gist(gist, {"notes.md": "theirs"})
    home.script("hello", CHANGED)
    assert pyst("--yes", "share", "hello").code == 0
    assert hub.gists[gist].text == {"hello.py": CHANGED, "notes.md": "theirs"}


def test_a_change_after_the_look_is_told_and_nothing_is_changed(pyst: Pyst, home: Home, hub: GitHub) -> None:
    """Somebody writes while the person reads what would be sent."""
    pyst("--yes", "share", "hello")
    gist, before = the_gist(hub), mapping(home)
    home.script("hello", CHANGED)
    hub.meanwhile(f"GET /gists/{gist}", lambda: None)
    hub.meanwhile(f"GET /gists/{gist}", lambda: hub.edit_gist(gist, {"notes.md": "theirs"}))
    ended = pyst("--yes", "share", "hello")
    assert ended.code == 1
    assert "was changed meanwhile" in ended.err
    assert "nothing was changed" in ended.err
    assert hub.gists[gist].text == {"hello.py": HELLO, "notes.md": "theirs"}
    assert mapping(home) == before
    assert pyst("--yes", "share", "hello").code == 0


def test_a_change_in_the_same_moment_is_told_with_its_revision(pyst: Pyst, home: Home, hub: GitHub) -> None:
    pyst("--yes", "share", "hello")
    gist = the_gist(hub)
    home.script("hello", CHANGED)
    hub.meanwhile(f"PATCH /gists/{gist}", lambda: hub.edit_gist(gist, {"hello.py": "print('theirs')\n"}))
    ended = pyst("--yes", "share", "hello")
    assert ended.code == 1
    unseen = hub.gists[gist].revisions[-2].version
    assert f"`pyst gists show gist:{gist}@{unseen}#hello.py`" in ended.err
    assert "yours is the newest now" in ended.err
    assert mapping(home)["hello"]["version"] == hub.gists[gist].version
    assert pyst("share", "hello").code == 0


def test_a_gist_that_is_not_there_is_told_by_its_number(pyst: Pyst, home: Home, hub: GitHub) -> None:
    told = pyst("--yes", "--format", "json", "share", "--gist", "00ff", "hello").json["diagnostics"][0]
    assert (told["code"], told["message"]) == ("E_FETCH_MISSING", "`gist:00ff` leads nowhere: there is no gist `00ff`")
    assert "your token does not see it" in told["hint"]
    theirs = hub.add_gist({"hello.py": CHANGED}, owner=BOB)
    told = pyst("--yes", "--format", "json", "share", "--force", "--gist", theirs.id, "hello").json["diagnostics"][0]
    assert told["message"] == f"the gist `{theirs.id}` may not be changed with your token"
    assert "is it yours?" in told["hint"]


REFUSALS = {
    409: ("E_FETCH_CONFLICT", "try again in a moment"),
    422: ("E_FETCH_REFUSED", "nothing was changed"),
    403: ("E_FETCH_DENIED", "write gists"),
    404: ("E_FETCH_MISSING", "is it yours?"),
    401: ("E_FETCH_DENIED", "write gists"),
}


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_refused_change_says_how_to_go_on(pyst: Pyst, home: Home, hub: GitHub, method: str, status: int) -> None:
    if method == "PATCH":
        pyst("--yes", "share", "hello")
        home.script("hello", CHANGED)
    before, texts = mapping(home), [each.text for each in hub.gists.values()]
    hub.fail(status, when=f"{method} /gists")
    ended = pyst("--yes", "--format", "json", "share", "hello")
    code, hint = REFUSALS[status]
    assert (ended.code, code_of(ended)) == (1, code)
    assert hint in ended.json["diagnostics"][0]["hint"]
    assert (mapping(home), [each.text for each in hub.gists.values()]) == (before, texts)
    assert pyst("--yes", "share", "hello").code == 0


def test_a_limit_says_when(pyst: Pyst, hub: GitHub) -> None:
    hub.limit(3000, when="POST")
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert code_of(ended) == "E_FETCH_LIMIT"
    assert "50 min" in ended.json["diagnostics"][0]["message"]
    assert len(hub.server.requests) == 1


def test_an_answer_that_was_lost_is_not_asked_for_again(pyst: Pyst, home: Home, hub: GitHub) -> None:
    hub.fail(500, when="POST", is_done=True)
    ended = pyst("--yes", "share", "hello")
    assert ended.code == 1
    gist = the_gist(hub)
    assert "`pyst gists list --remote`" in ended.err
    assert gist in pyst("gists", "list", "--remote").out
    assert pyst("--yes", "share", "--gist", gist, "hello").code == 0
    assert list(hub.gists) == [gist]
    assert mapping(home)["hello"]["gist"] == gist


@pytest.mark.parametrize("body", [b"<html>portal</html>", b"{}", b"[]", b'{"id": "x"}', b'{"id": "0a", "history": []}'])
def test_an_answer_that_is_none_of_github_is_no_success(pyst: Pyst, home: Home, hub: GitHub, body: bytes) -> None:
    hub.fail(200, when="POST", body=body)
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (1, "E_FETCH_ANSWER")
    assert mapping(home) == {}


def test_without_a_token(pyst: Pyst, home: Home, hub: GitHub) -> None:
    del home.environ["GITHUB_TOKEN"]
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (1, "E_TOKEN")
    assert "`GITHUB_TOKEN`" in ended.json["diagnostics"][0]["hint"]
    assert hub.server.requests == []


@pytest.mark.parametrize("token", [READING_TOKEN, "ghp_of-nobody"])
def test_with_a_token_that_may_not(pyst: Pyst, home: Home, hub: GitHub, token: str) -> None:
    ended = pyst("--yes", "share", "hello", GITHUB_TOKEN=token)
    assert ended.code == 1
    assert "write gists" in ended.err
    assert token not in ended.err + ended.out


def test_offline(pyst: Pyst, home: Home, hub: GitHub) -> None:
    ended = pyst("--yes", "--offline", "share", "hello", PYST_SHARE_API_BASE="https://api.github.com")
    assert ended.code == 102
    assert mapping(home) == {}


def test_a_gist_that_is_gone(pyst: Pyst, home: Home, hub: GitHub) -> None:
    pyst("--yes", "share", "hello")
    gist = the_gist(hub)
    hub.delete_gist(gist)
    home.script("hello", CHANGED)
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (1, "E_GIST_GONE")
    assert "`--new`" in ended.json["diagnostics"][0]["hint"]
    assert pyst("--yes", "share", "--new", "hello").code == 0
    assert mapping(home)["hello"]["gist"] == the_gist(hub) != gist


def test_a_gist_of_somebody_else(pyst: Pyst, home: Home, hub: GitHub) -> None:
    gist = hub.add_gist({"hello.py": "print('theirs')\n"}, owner="bob", public=True)
    ended = pyst("--yes", "share", "--gist", gist.id, "hello")
    assert ended.code == 1
    assert "is it yours?" in ended.err
    assert gist.text == {"hello.py": "print('theirs')\n"}
    assert pyst("--yes", "share", "--gist", gist.id, "hello", GITHUB_TOKEN=OTHER_TOKEN).code == 0


def test_a_gist_stays_as_public_as_it_is(pyst: Pyst, home: Home, hub: GitHub) -> None:
    pyst("--yes", "share", "hello")
    ended = pyst("--yes", "share", "--public", "hello")
    assert ended.code == 64
    assert "is secret" in ended.err
    assert pyst("--yes", "share", "--public", "--new", "hello").code == 0
    assert [each.public for each in hub.gists.values()] == [False, True]


def test_a_mapping_that_can_not_be_understood_stops_it_before_anything_is_sent(
    pyst: Pyst, home: Home, hub: GitHub
) -> None:
    path = home.path / ".local" / "share" / "pyst" / "mapping.json"
    path.parent.mkdir(parents=True)
    path.write_text("not json")
    ended = pyst("--yes", "--format", "json", "share", "hello")
    assert (ended.code, code_of(ended)) == (1, "E_MAPPING")
    assert path.read_text() == "not json"
    assert hub.writes == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["share", "nobody"], "E_NOT_FOUND"),
        (["share", "--as", "../x", "hello"], "E_NAME"),
        (["share", "--gist", "not an id", "hello"], "E_SOURCE"),
        (["share", "--gist", "gist:0a@1234567", "hello"], "E_USAGE"),
        (["share", "--gist", "0a", "--new", "hello"], "E_USAGE"),
        (["share", "--public", "--secret", "hello"], "E_USAGE"),
        (["share", "--tag", "a\nb", "hello"], "E_USAGE"),
        (["share"], "E_USAGE"),
    ],
)
def test_words_that_mean_nothing(pyst: Pyst, hub: GitHub, words: list[str], code: str) -> None:
    ended = pyst("--format", "json", "--yes", *words)
    assert code_of(ended) == code
    assert ended.code in (64, 127)
    assert hub.server.requests == []


def test_names_that_some_system_can_not_tell_apart(pyst: Pyst, home: Home, hub: GitHub) -> None:
    pyst("--yes", "share", "hello")
    home.script("Hello", HELLO, where="global")
    ended = pyst("--yes", "--format", "json", "share", "global:Hello")
    assert code_of(ended) == "E_NAME_TWIN"
    assert list(mapping(home)) == ["hello"]


def test_the_settings_of_a_project_lead_nowhere_else(pyst: Pyst, home: Home, hub: GitHub, tmp_path: Path) -> None:
    """A checkout can't have the token sent to a server of its choice."""
    with github() as other:
        (home.project / ".pyst.toml").write_text(f'[share]\napi_base = "{other.url}"\n')
        del home.environ["PYST_SHARE_API_BASE"]
        settings = home.path / ".config" / "pyst" / "pyst.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'[share]\napi_base = "{hub.url}"\n')
        assert pyst("--yes", "share", "hello").code == 0
        assert other.server.requests == []
    assert len(hub.gists) == 1


def test_where_nobody_was_reached_nothing_may_have_been_made(pyst: Pyst, home: Home, hub: GitHub) -> None:
    home.script("hello", "print(1)\n")
    ended = pyst("--yes", "--format", "json", "share", "hello", PYST_SHARE_API_BASE="http://127.0.0.1:1")
    [told] = ended.json["diagnostics"]
    assert (ended.code, told["code"]) == (1, "E_FETCH_UNREACHABLE")
    assert "network" in told["hint"]
    assert "made" not in told["hint"]
