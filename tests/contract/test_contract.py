"""Everything that sharing asks of GitHub, and everything that the GitHub of the tests answers, by GitHub's description.

Requests and answers go through a proxy that knows the description: what is not allowed by it does not pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from pyst.sharing.github import GitHub as Api
from pyst.sharing.mapping import read_mapping
from pyst.sharing.remote_mapping import FILE
from pyst.system.fetch_failure import FetchFailure
from pyst.system.http import Fetcher
from tests.conftest import Ended, Home, Pyst
from tests.contract.conftest import Contract
from tests.github import shapes
from tests.github.state import TOKEN
from tests.support.mappings import entry

SCRIPT = '"""Greets."""\nprint("hello")\n'


@pytest.fixture
def allowed(contract: Contract) -> Iterator[Contract]:
    """The contract; afterwards, nothing must have been asked or answered against it, and something was."""
    before, wrong, orders = len(contract.proxy.forwarded), len(contract.proxy.complaints), contract.hub.orders
    yield contract
    assert [contract.proxy.explain(each, TOKEN) for each in contract.proxy.complaints[wrong:]] == []
    assert len(contract.proxy.forwarded) > before
    assert orders == []


@pytest.fixture
def ask(pyst: Pyst, contract: Contract) -> Callable[..., Ended]:
    """A command that goes well, with the proxy for GitHub."""

    def call(*words: str, code: int = 0, **given: str) -> Ended:
        ended = pyst(*words, PYST_SHARE_API_BASE=contract.proxy.url, GITHUB_TOKEN=TOKEN, **given)
        assert ended.code == code, ended
        return ended

    return call


def api(contract: Contract) -> Api:
    return Api(Fetcher({}, contract.proxy.url, token=TOKEN, sleep=lambda _: None))


def test_what_sharing_asks_and_is_answered(allowed: Contract, ask: Callable[..., Ended], home: Home) -> None:
    """Each operation that there is, by the commands that need it."""
    hub, before = allowed.hub, len(allowed.proxy.forwarded)
    hello = home.script("hello", SCRIPT)
    ask("share", "hello", "--yes", "--tag", "word")
    hello.write_text(SCRIPT + "print(2)\n")
    ask("share", "hello", "--yes", "--description", "Greets twice")
    ask("share", "hello", "--yes", "--new", "--public")
    ask("gists", "list", "--remote")
    ask("gists", "show", "hello")
    mapped = read_mapping(str(home.path / ".local/share/pyst/mapping.json")).scripts["hello"]
    ask("gists", "show", f"gist:{mapped.gist}")
    ask("gists", "show", f"gist:{mapped.gist}@{mapped.version[:9]}")
    hello.unlink()
    assert ask("run", "hello").out == "hello\n2\n"
    hub.edit_gist(mapped.gist, {"hello.py": SCRIPT})
    assert ask("run", "--yes", "--latest", "hello").out == "hello\n"

    other = json.dumps({"version": 1, "scripts": {"other": entry(7, gist=mapped.gist)}})
    hub.meanwhile("POST /gists", lambda: hub.add_gist({FILE: other}))
    ask("sync", "--yes")
    (gist,) = (each for each in hub.gists.values() if FILE in each.text)
    assert sorted(json.loads(gist.text[FILE])["scripts"]) == ["hello", "other"]
    for number in range(40):
        hub.edit_gist(gist.id, {"notes.md": f"{number}\n"})
    ask("gists", "forget", "hello")
    ask("sync", "--yes")
    assert list(json.loads(gist.text[FILE])["scripts"]) == ["other"]

    number = hub.commit("o", "r", {"d/e/hello.py": SCRIPT, "d/e/hello.py.lock": "version = 1\n"}, "main", "feature/x")
    for word in ("gh:o/r/d/e/hello.py", "gh:o/r/d/e/hello.py@feature/x", f"gh:o/r/d/e/hello.py@{number}"):
        ask("install", word, "--yes", "--no-lock", "--force", "--as", "greeting")
    ask("install", f"gist:{mapped.gist}", "--yes", "--no-lock", "--as", "second")
    hub.edit_gist(mapped.gist, {"hello.py": SCRIPT + "print(3)\n"})
    ask("update", "--all", "--yes")
    large = hub.commit("o", "r", {"large.py": "#" * (1 << 20) + "\n"})
    assert api(allowed).get(f"/repos/o/r/contents/large.py?ref={large}")["encoding"] == "none"
    ask("install", "gh:o/r/large.py", "--yes", "--no-lock")
    done = {each.partition("?")[0] for each in allowed.proxy.forwarded[before:]}
    assert {each for each in OPERATIONS if not any(OPERATIONS[each].fullmatch(word) for word in done)} == set()
    assert [each for each in done if not any(form.fullmatch(each) for form in OPERATIONS.values())] == []


GIST, NUMBER = "[0-9a-f]{32}", "[0-9a-f]{40}"
OPERATIONS = {
    name: re.compile(form)
    for name, form in {
        "list": "GET /gists",
        "create": "POST /gists",
        "read": f"GET /gists/{GIST}",
        "change": f"PATCH /gists/{GIST}",
        "delete": f"DELETE /gists/{GIST}",
        "revision": f"GET /gists/{GIST}/{NUMBER}",
        "history": f"GET /gists/{GIST}/commits",
        "commit": "GET /repos/o/r/commits/[^/]+",
        "content": "GET /repos/o/r/contents/.+",
        "blob": f"GET /repos/o/r/git/blobs/{NUMBER}",
    }.items()
}
"""All that pyst ever asks of GitHub's API."""


def test_each_no_that_github_may_say(allowed: Contract) -> None:
    """The GitHub of the tests says it as the description has it, and pyst gets to know it."""
    hub, tried = allowed.hub, set()
    gist = hub.add_gist({"a.py": SCRIPT})
    number = hub.commit("o", "refusing", {"a.py": SCRIPT})
    values = {"gist_id": gist.id, "sha": gist.version, "owner": "o", "repo": "refusing", "ref": "main", "path": "a.py"}
    values["file_sha"] = shapes.blob_number(SCRIPT.encode())
    body = {"description": "x", "files": {"a.py": {"content": "x"}}}
    for path, operations in allowed.description["paths"].items():
        if "folder_" in path:
            continue
        for method, operation in operations.items():
            for status in (int(each) for each in operation.get("responses", ()) if int(each) >= 400):
                place = path.format(**values)
                hub.fail(status, "no", when=f"{method.upper()} {place}", times=4 if status >= 500 else 1)
                with pytest.raises(FetchFailure) as caught:
                    api(allowed).send(method.upper(), place, body if method in ("post", "patch") else None)
                assert caught.value.status == status, (path, method, status, caught.value.message)
                hub.orders.clear()
                tried.add((path, method, status))
    assert len(tried) > 20
    assert gist.text == {"a.py": SCRIPT}
    assert number in hub.repositories["o", "refusing"].commits


@pytest.mark.parametrize(
    ("method", "place", "status"),
    [
        ("GET", f"/gists/{'0' * 32}", 404),
        ("GET", "/gists/GIST/" + "f" * 40, 404),
        ("GET", f"/gists/{'0' * 32}/commits", 404),
        ("PATCH", f"/gists/{'0' * 32}", 404),
        ("DELETE", f"/gists/{'0' * 32}", 404),
        ("PATCH", "/gists/GIST", 422),
        ("POST", "/gists", 422),
        ("GET", "/repos/o/plain/commits/nobody", 422),
        ("GET", "/repos/o/nobody/commits/main", 404),
        ("GET", "/repos/o/plain/contents/d/nobody.py", 404),
        ("GET", "/repos/o/plain/git/blobs/" + "f" * 40, 404),
    ],
)
def test_a_no_of_its_own(allowed: Contract, method: str, place: str, status: int) -> None:
    gist = allowed.hub.add_gist({"a.py": SCRIPT})
    allowed.hub.commit("o", "plain", {"a.py": SCRIPT})
    body = {"files": {"a.py": {"content": " "}}} if method in ("POST", "PATCH") else None
    with pytest.raises(FetchFailure) as caught:
        api(allowed).send(method, place.replace("GIST", gist.id), body)
    assert caught.value.status == status


def test_the_proxy_lets_no_wrong_request_through(contract: Contract) -> None:
    gist = contract.hub.add_gist({"a.py": SCRIPT})
    before, writes = len(contract.proxy.complaints), len(contract.hub.writes)
    with pytest.raises(FetchFailure):
        api(contract).send("PATCH", f"/gists/{gist.id}", {"files": {"a.py": {"content": 5}}})
    with pytest.raises(FetchFailure):
        api(contract).get(f"/gists/{gist.id}/stars/x")
    assert len(contract.proxy.complaints) == before + 2
    assert len(contract.hub.writes) == writes


def test_the_proxy_lets_no_wrong_answer_through(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    gist = contract.hub.add_gist({"a.py": SCRIPT})
    before, told = len(contract.proxy.complaints), shapes.gist
    monkeypatch.setattr(shapes, "gist", lambda *given, **more: {**told(*given, **more), "public": "yes"})
    with pytest.raises(FetchFailure) as caught:
        api(contract).get(f"/gists/{gist.id}")
    assert caught.value.status == 500
    assert len(contract.proxy.complaints) > before
    assert "public" in contract.proxy.explain(contract.proxy.complaints[-1], TOKEN)
