"""What every test stands on: a home of its own, no way to the real one, and `pyst(…)` as a function."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import settings

from pyst.app import App
from pyst.cli.main import main
from pyst.running.plan import Plan, patched

if TYPE_CHECKING:
    from tests.github.server import GitHub
    from tests.support.model_server import ModelServer

settings.register_profile("pyst", deadline=None, derandomize=bool(os.environ.get("PYST_TEST_CHECK")))
settings.load_profile("pyst")
"""A busy machine is no failure. The examples of the whole check are always the same: what it finds, the change did."""

KEPT = ("PATH", "PYENV_ROOT", "LANG", "LC_ALL", "TERM", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
KEPT_PREFIXES = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "HTTP", "http", "NO_PROXY", "no_proxy", "PYST_TEST_")


class Ended(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.out)
        return body

    @property
    def detail(self) -> dict[str, Any]:
        detail: dict[str, Any] = self.json["detail"]
        return detail


class Home(NamedTuple):
    """A user's machine, small and new: a home, a project, and the variables of the environment."""

    path: Path
    project: Path
    environ: dict[str, str]

    def script(self, name: str, text: str, *, where: str = "project") -> Path:
        """Write a script into the project's or the global script folder, or at a path below the project."""
        folder = {
            "project": self.project / ".pyst",
            "global": self.path / ".local" / "share" / "pyst" / "scripts",
            "path": self.project,
        }[where]
        path = folder / (name if where == "path" or name.endswith(".py") else f"{name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for uv in the whole session, so that packages are fetched once."""
    return tmp_path_factory.mktemp("uv-cache", numbered=True)


@pytest.fixture
def home(tmp_path: Path, uv_cache: Path) -> Home:
    """A new home with an empty project (it has a `.git`)."""
    path, project = tmp_path / "home", tmp_path / "project"
    path.mkdir()
    (project / ".git").mkdir(parents=True)
    environ = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith(KEPT_PREFIXES)}
    environ |= {"HOME": str(path), "UV_CACHE_DIR": str(uv_cache), "UV_PYTHON_DOWNLOADS": "never"}
    return Home(path, project, environ)


MANY = 10


def pytest_configure(config: pytest.Config) -> None:
    """What a shell starts in the background ignores SIGINT, and so would everything that the tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In the whole check, of a test with more than `MANY` cases that starts processes, every fourth is enough: the
    check has half an hour on two processors. By hand, and with PYST_TEST_ALL, all of them run."""
    if not os.environ.get("PYST_TEST_CHECK") or os.environ.get("PYST_TEST_ALL"):
        return
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left_out = {
        item
        for name, found in cases.items()
        if name.startswith("tests/process/") and len(found) > MANY
        for number, item in enumerate(found)
        if number % 4
    }
    if left_out:
        items[:] = [each for each in items if each not in left_out]
        config.hook.pytest_deselected(items=sorted(left_out, key=lambda each: each.nodeid))


Pyst = Callable[..., Ended]


@pytest.fixture
def pyst(home: Home) -> Pyst:
    """`pyst("list", "--all")` runs the command line in this process: code, out, err, json."""

    def call(*words: str, cwd: Path | None = None, stdin: str = "", **environ: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()

        def beside(plan: Plan, environ: dict[str, str]) -> int:
            """Run the plan as a child: what would replace the process would replace the tests."""
            fed: dict[str, Any] = {"stdin": subprocess.DEVNULL} if plan.stdin is None else {"input": plan.stdin}
            ended = subprocess.run(
                plan.argv, cwd=plan.cwd, env=patched(environ, plan), capture_output=True, timeout=120, **fed
            )
            out.write(ended.stdout.decode())
            err.write(ended.stderr.decode())
            return ended.returncode

        def make_app(**given: Any) -> App:
            return App(
                environ={**home.environ, **environ},
                cwd=str(cwd or home.project),
                stdin=io.StringIO(stdin),
                stdout=out,
                stderr=err,
                execute=beside,
                **given,
            )

        code = main(list(words), make_app)
        return Ended(code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="module")
def model_on_loopback() -> Iterator[ModelServer]:
    """A language model that the tests of one file share."""
    from tests.support.model_server import model_server

    with model_server() as made:
        yield made


@pytest.fixture
def server(model_on_loopback: ModelServer) -> ModelServer:
    """A language model that was asked nothing yet."""
    model_on_loopback.server.talks.clear()
    return model_on_loopback


@pytest.fixture
def hub(home: Home) -> Iterator[GitHub]:
    """A GitHub on loopback, which the home's variables name."""
    from tests.github.home import connect
    from tests.github.server import github

    with github() as made:
        connect(home, made)
        yield made


@pytest.fixture(autouse=True)
def _unchanged_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real home is out of reach, and a test leaves variables and folder as they were."""
    nowhere = tmp_path / "nobody"
    nowhere.mkdir()
    for name in [each for each in os.environ if each.startswith(("PYST_", "XDG_")) and each[:10] != "PYST_TEST_"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(nowhere))
    before, folder = dict(os.environ), os.getcwd()
    yield
    after = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
    assert after == {k: v for k, v in before.items() if k != "PYTEST_CURRENT_TEST"}
    assert os.getcwd() == folder
