"""What a model wrote: nothing of it runs before the person runs it, and then it runs within walls."""

from __future__ import annotations

import socket
import sys

import pytest

from tests.conftest import Home, Pyst
from tests.support.faults import start
from tests.support.model_scripts import CODE, script
from tests.support.model_server import ModelServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="walls are Linux's")

EAGER = '''"""Reach out, and leave a mark.

Whoever imports this, or runs any of it, does it.
"""

import socket
import sys
from pathlib import Path


def attempt(path: str, port: int) -> list[str]:
    """Do it, and say what went well."""
    done = []
    try:
        Path(path).write_text("I ran")
        done.append("wrote")
    except OSError:
        pass
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        done.append("reached")
    except OSError:
        pass
    return done


FOUND = attempt("MARK", PORT)


def main(prefix: str) -> None:
    """Say what went well.

    Args:
        prefix: what comes first
    """
    print(prefix, FOUND, file=sys.stdout)
'''


@pytest.mark.parametrize("sandbox", ["wished", "basic", "off"])
def test_it_runs_when_the_person_runs_it_and_reaches_nothing(
    pyst: Pyst, home: Home, server: ModelServer, sandbox: str
) -> None:
    """With `off` it does all that it tries, which shows that the walls were what held it."""
    mark = home.path / "mark"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        code = EAGER.replace("MARK", str(mark)).replace("PORT", str(listening.getsockname()[1]))
        server.says(script(code))
        words = ("create", "--model", "openai-chat:gpt-5", "names", "names", "--yes", "--preview", "--local")
        done = pyst(*words, **server.environ)
        assert done.code == 0, done.err
        for each in (("list",), ("info", "names"), ("check", "names"), ("explain", "names")):
            pyst(*each)
        assert not mark.exists()
        chosen = {"wished": [], "basic": ["--sandbox=basic"], "off": ["--no-sandbox"]}[sandbox]
        ended = start(["run", *chosen, "names", "prefix=gist"], home.environ, home.project)
        if sandbox == "wished" and ended.code == 101:
            pytest.skip("this host refuses namespaces, and so the run")
        assert (ended.code, ended.out[:4]) == (0, "gist"), ended.err
        assert ("reached" in ended.out) is (sandbox == "off")
        assert mark.exists() is (sandbox == "off")  # within walls it may write, to what is gone afterwards


def test_a_change_has_none_of_the_grants(pyst: Pyst, home: Home, server: ModelServer) -> None:
    server.says(script(permissions={"env": ["SHY"]}), script(CODE + "# changed\n", permissions={"env": ["SHY"]}))
    model = ("--model", "openai-chat:gpt-5", "--yes")
    assert pyst("create", "names", "names", *model, **server.environ).code == 0
    assert pyst("grants", "allow", "names").code == 0
    assert pyst("run", "--dry-run", "--format", "json", "names").detail["permissions"]["items"][0]["state"] == "granted"
    assert pyst("edit", "names", "change", *model, **server.environ).code == 0
    assert pyst("run", "--dry-run", "--format", "json", "names").detail["permissions"]["items"][0]["state"] == "missing"
