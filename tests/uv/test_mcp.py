"""Calls of `pyst mcp` whose environment is yet to be built: nobody else waits for it, and it ends with its call."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.support.mcp_lines import Lines, living, serving
from tests.support.runs import wait_until
from tests.uv.conftest import World

pytestmark = pytest.mark.uv

NEEDY = '''
# /// script
# dependencies = ["six==1.17.0"]
# ///
"""Say which six there is."""
import six
print(six.__version__)
'''


@pytest.fixture
def stalled() -> Iterator[str]:
    """The address of a package index that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/simple"


@pytest.fixture
def stalling(home: Home, stalled: str, tmp_path: Path) -> Home:
    """A home whose builds take for ever."""
    home.script("needy", NEEDY)
    home.script("plain", 'def main() -> str:\n    """Say hello."""\n    return "hello"\n')
    kept = {name: value for name, value in home.environ.items() if "INDEX" not in name and not name.startswith("PIP_")}
    kept |= {"UV_DEFAULT_INDEX": stalled, "UV_CACHE_DIR": str(tmp_path / "cache"), "UV_HTTP_TIMEOUT": "600"}
    return home._replace(environ=kept)


def begin(lines: Lines) -> int:
    """Call the script whose environment never comes, and wait until uv is at it."""
    number = lines.send("tools/call", {"name": "needy", "arguments": {}}, meta={"progressToken": "p"})
    while "building the environment" not in lines.told("notifications/progress")["params"]["message"]:
        pass
    return number


def test_everything_else_answers_while_an_environment_is_built(stalling: Home) -> None:
    with serving(stalling.environ, stalling.project, modern=True) as lines:
        number = begin(lines)
        assert "needy" in lines.tools()
        assert lines.call("plain")["structuredContent"]["result"] == "hello"
        assert lines.call("pyst_script_info", name="needy")["structuredContent"]["detail"]["requirements"]
        assert not [each for each in lines.heard if each.get("id") == number]
        lines.notify("notifications/cancelled", {"requestId": number})


def cancelled(lines: Lines, number: int) -> None:
    lines.notify("notifications/cancelled", {"requestId": number})


def closed(lines: Lines, number: int) -> None:
    assert lines.process.stdin is not None
    lines.process.stdin.close()


def killed(lines: Lines, number: int) -> None:
    lines.process.kill()


@pytest.mark.parametrize("end", [cancelled, closed, killed], ids=lambda each: each.__name__)
def test_a_build_ends_with_its_call(stalling: Home, end: Callable[[Lines, int], None]) -> None:
    mark = f"HOME={stalling.path}"
    with serving(stalling.environ, stalling.project, modern=True) as lines:
        number = begin(lines)
        builders = [pid for pid in living(mark) if b"uv\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert builders
        end(lines, number)
        kept = {lines.process.pid} if end is cancelled else set()
        wait_until(lambda: not (set(living(mark)) - kept - wardens(mark)), "the end of uv")


def wardens(mark: str) -> set[int]:
    """The processes that look after the server's children."""
    found = set()
    for pid in living(mark):
        try:
            if b"warden.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
        except OSError:
            continue
    return found


def test_the_first_call_builds_and_answers(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.script(".pyst/needy.py", "alpha")
    with serving(world.environ, world.folder, modern=True) as lines:
        assert lines.call("needy")["structuredContent"]["stdout"] == "alpha 1.0\n"
        code = "import alpha; print(alpha.VERSION)"
        typed = lines.call("pyst_run_code", code=code, requirements=["alpha==1.0"])
        assert typed["structuredContent"]["stdout"] == "1.0\n"
        locked = lines.call("pyst_lock", name="needy")
        assert locked["structuredContent"]["detail"]["packages"] == 1
        assert (world.folder / ".pyst" / "needy.py.lock").exists()
        assert lines.call("needy")["structuredContent"]["stdout"] == "alpha 1.0\n"
