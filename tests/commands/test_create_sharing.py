"""`pyst create --public|--secret`: what a model wrote becomes a gist; against a model and a GitHub on loopback."""

from __future__ import annotations

import pytest

from pyst.errors import ExitCode
from tests.conftest import Ended, Home, Pyst
from tests.github.home import data_folder, mapped, put_mapping
from tests.github.server import GitHub
from tests.support.model_scripts import CODE, script
from tests.support.model_server import ModelServer


@pytest.fixture
def server(server: ModelServer) -> ModelServer:
    server.says(script())
    return server


def create(pyst: Pyst, server: ModelServer, *words: str) -> Ended:
    given = ("names", "names with {{prefix}}", "--model", "openai-chat:gpt-5", "--yes", "--format", "json")
    return pyst("create", *given, *words, **server.environ)


@pytest.mark.parametrize("kind", ["public", "secret"])
def test_it_is_uploaded_and_mapped(pyst: Pyst, home: Home, server: ModelServer, hub: GitHub, kind: str) -> None:
    done = create(pyst, server, f"--{kind}")
    assert done.code == 0, done.out
    [gist] = hub.gists.values()
    assert gist.public is (kind == "public")
    assert gist.newest.description == "Print the names of files with a prefix before them."
    assert gist.text["names.py"].endswith(CODE)
    assert done.detail["gist"] == {"id": gist.id, "url": done.detail["gist"]["url"], "public": kind == "public"}
    assert mapped(home)["names"]["gist"] == gist.id


@pytest.mark.parametrize("words", [("--local",), ()])
def test_without_a_word_it_stays_here(
    pyst: Pyst, home: Home, server: ModelServer, hub: GitHub, words: tuple[str, ...]
) -> None:
    done = create(pyst, server, *words)
    assert (done.code, done.detail["gist"], hub.gists) == (0, None, {})
    assert [each["code"] for each in done.json["diagnostics"]] == ([] if words else ["I_LOCAL"])


def test_what_can_not_be_uploaded_is_saved_and_told(pyst: Pyst, home: Home, server: ModelServer, hub: GitHub) -> None:
    hub.fail(422, "no", when="POST /gists", times=9)
    done = create(pyst, server, "--public")
    assert (done.code, done.detail["action"], done.detail["gist"]) == (ExitCode.ERROR, "created", None)
    assert "the script is saved" in done.json["diagnostics"][0]["hint"]
    assert (data_folder(home) / "scripts" / "names.py").exists()


def test_without_a_token_nothing_is_asked(pyst: Pyst, home: Home, server: ModelServer, hub: GitHub) -> None:
    del home.environ["GITHUB_TOKEN"]
    done = create(pyst, server, "--secret")
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_TOKEN")
    assert server.asked == []


def test_a_name_that_lies_in_a_gist_is_taken(pyst: Pyst, home: Home, server: ModelServer, hub: GitHub) -> None:
    put_mapping(home, names=ENTRY)
    done = create(pyst, server)
    assert (done.code, done.json["diagnostics"][0]["code"]) == (ExitCode.ERROR, "E_EXISTS")
    assert server.asked == []


ENTRY = {
    "gist": "0" * 32,
    "file": "names.py",
    "version": "",
    "sha256": "",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "tags": [],
    "enabled": True,
}


def test_a_broken_mapping_is_no_reason_against_a_script(
    pyst: Pyst, home: Home, server: ModelServer, hub: GitHub
) -> None:
    put_mapping(home).write_text("broken")
    assert create(pyst, server, "--public").json["diagnostics"][0]["code"] == "E_MAPPING"
    assert server.asked == []
    assert create(pyst, server, "--local").code == 0
