"""Every file that pyst writes, spoiled in every way: caches heal without a word too many, the user's data is kept.

A new kind of file has to be put into the tables here, with what is to become of it.
"""

from __future__ import annotations

import json
import marshal
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from pyst.hotpath import sealed
from tests.conftest import KEPT, KEPT_PREFIXES, Home
from tests.support.damage import DAMAGES, ELSEWHERE, elsewhere_of, remove, spoil
from tests.support.faults import Ended, start
from tests.support.privileges import obeying_permissions

pytestmark = pytest.mark.uv

MOST_DAMAGES = [
    pytest.param(each, marks=pytest.mark.sweep) if each in ("full directory", "truncated") else each for each in DAMAGES
]
"""Those that differ little from others are left to the sweep."""

SCRIPTS = {
    "plain": '"""Says that it ran."""\nprint("plain ran")\n',
    "called": 'def main(word: str = "x", *, count: int = 1):\n    """Called by pyst."""\n    print("called", word)\n',
    "needs": '# /// script\n# dependencies = ["six"]\n# ///\nimport six\nprint("needs", six.__name__)\n',
    "locked": '# /// script\n# dependencies = ["six>=1"]\n# ///\nimport six\nprint("locked", six.__name__)\n',
    "blocked": 'print("blocked ran")\n',
}
SETTINGS = '[contexts.default]\nenabled = ["*", "!blocked"]\n'

COMMANDS = {
    "list": ["list"],
    "plain": ["run", "plain"],
    "called": ["run", "called", "--", "a"],
    "needs": ["run", "needs"],
    "locked": ["run", "locked"],
    "info": ["info", "called"],
    "names": ["__complete", "--", "run", ""],
    "flags": ["__complete", "--", "run", "called", "--"],
    "code": ["run", "-c", 'def main():\n    print("code ran")'],
    "report": ["run", "--format", "json", "plain"],
    "force": ["run", "--force", "blocked"],
    "trust": ["trust", "plain"],
    "revoke": ["trust", "--revoke", "plain"],
    "grant": ["grants", "allow", "--allow-env=WORD", "plain"],
    "ungrant": ["grants", "revoke", "plain"],
    "explain": ["explain", "called"],
    "gists": ["gists"],
    "import": ["gists", "import", "old.json"],
    "set": ["config", "set", "--global", "core.offline", "false"],
    "add": ["add", "--script", "needs", "six"],
    "lock": ["lock", "locked"],
    "gc": ["gc", "--older-than", "1h"],
    "sizes": ["cache", "stats"],
    "doctor": ["doctor"],
    "record": ["run", "--record", "plain"],
    "history": ["history", "--format", "markdown"],
    "reindex": ["history", "--reindex", "--format", "markdown"],
    "install": ["install", "--yes", "./guest.py"],
    "guest": ["run", "installed:guest"],
    "update": ["update", "--all"],
    "help": ["--help"],
}
READING = ("list", "plain", "called", "needs", "locked", "info", "names", "flags", "code", "report", "explain")
"""What has the same answer whatever has become of a cache."""


def _as_json(**changes: object) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps({**json.loads(content), **changes}).encode()


def _always(content: bytes) -> Callable[[bytes], bytes]:
    return lambda _: content


class Cached(NamedTuple):
    """A kind of cache file: its path below the home, which commands rest on it, what is not what it should be.

    `renewed`: which of the commands puts a whole file there again, if any does.
    """

    path: str
    commands: tuple[str, ...]
    wrong: Callable[[bytes], bytes]
    future: Callable[[bytes], bytes]
    renewed: bool = True


def _sealed_memo(*values: object) -> Callable[[bytes], bytes]:
    """A memo with some of its parts replaced, sealed as a whole one is."""

    def change(content: bytes) -> bytes:
        memo = marshal.loads(content[16:])
        return sealed(marshal.dumps((*values, *memo[len(values) :]), 2))

    return change


def _without_answer(content: bytes) -> bytes:
    memo = marshal.loads(content[16:])
    return sealed(marshal.dumps((*memo[:5], ("not", "an", "answer")), 2))


def _other_marker(content: bytes) -> bytes:
    return content.replace(b'"format": 1', b'"format": "one"')


STORE = r"\.cache/pyst/environments-v1"
KEY = "[0-9a-f]{24}"
CACHED = {
    "plan": Cached(
        r"\.cache/pyst/plans-v1/[0-9a-f]{32}",
        ("plain", "needs", "list", "names"),
        _without_answer,
        _sealed_memo((99, 0)),
    ),
    "turn": Cached(  # a lock for first starts; where it can't be had, each works for itself
        r"\.cache/pyst/plans-v1/turn-[0-9a-f]{2}",
        ("plain", "needs", "called"),
        _always(b"1234\n"),
        _always(b"{}"),
        renewed=False,
    ),
    "summaries": Cached(
        r"\.cache/pyst/interfaces-v1/summaries-[0-9a-f]{32}",
        ("list", "names"),
        lambda content: sealed(marshal.dumps((marshal.loads(content[16:])[0], {"/x": 5, **_fives(content)}), 2)),
        lambda content: sealed(marshal.dumps(((99, "99", 0), {}), 2)),
    ),
    "interface": Cached(
        r"\.cache/pyst/interfaces-v1/[0-9a-f]{64}",
        ("info", "flags"),
        lambda content: sealed(marshal.dumps((marshal.loads(content[16:])[0], {"parameters": [5]}), 2)),
        lambda content: sealed(marshal.dumps(((99, "99", 0), {}), 2)),
    ),
    "snippet": Cached(
        r"\.cache/pyst/snippets-v1/[0-9a-f]{32}\.py", ("code",), _always(b"print('other')\n"), _always(b"match = \n")
    ),
    "tag": Cached(
        r"\.cache/pyst/CACHEDIR\.TAG", ("list", "code"), _always(b"x"), _always(b"Signature: 9\n"), renewed=False
    ),
    "marker": Cached(
        rf"{STORE}/{KEY}/pyst-environment\.json", ("needs", "locked", "gc"), _other_marker, _as_json(format=2)
    ),
    "venv": Cached(
        rf"{STORE}/{KEY}/pyvenv\.cfg", ("needs", "locked"), _always(b"home = /nowhere\n"), _always(b"version = 99\n")
    ),
    "used": Cached(rf"{STORE}/{KEY}/last-used", ("needs", "gc"), _always(b"yesterday"), _always(b"{}"), renewed=False),
    "users": Cached(rf"{STORE}/\.users/{KEY}", ("needs", "gc"), _always(b"not\0paths\0"), _always(b"\xff" * 99)),
    "locks": Cached(rf"{STORE}/\.locks/{KEY}", ("rebuild", "gc"), _always(b"1234\n"), _always(b"{}")),
    "asking": Cached(rf"{STORE}/\.locks/interpreters-[0-9a-f]+", ("ask again",), _always(b"1234\n"), _always(b"{}")),
    "interpreter": Cached(
        rf"{STORE}/\.interpreters/[0-9a-f]{{32}}",
        ("plain", "needs", "called"),
        lambda content: sealed(marshal.dumps((marshal.loads(content[16:])[0], (), (), (5,)), 2)),
        lambda content: sealed(marshal.dumps((99, (), (), ()), 2)),
    ),
    "work": Cached(
        rf"{STORE}/\.work/[a-z]+/(uv\.toml|\.python-version)",
        ("ask again", "doctor"),
        _always(b"offline = 5\n"),
        _always(b"required-version = '==99'\n"),
    ),
    "index of runs": Cached(
        r"\.local/state/pyst/history-v1\.db",
        ("history", "reindex"),
        lambda content: content.replace(b"plain", b"other"),
        lambda content: content[:60] + (99).to_bytes(4, "big") + content[64:],  # the version that SQLite keeps for us
    ),
}
"""What can be made again. `rebuild` and `ask again` stand for runs whose environment or interpreter is not known."""

NOT_OURS = (
    rf"{STORE}/{KEY}/(bin|lib|lib64|share|include|\.lock|\.gitignore|CACHEDIR\.TAG)(/.*)?",
    r"\.cache/uv/.*",
)
"""Written by uv into an environment, whole by pyst's marker; a spoiled package is the reader's to find."""

RECORDS = (r"\.local/state/pyst/(runs|objects|outputs)/.*", r"\.local/state/pyst/folders\.lock")
"""Records of runs and what they rest on: spoiled in the tests of the history and of replays."""

INSTALLED = (r"\.local/share/pyst/(installed|bin)/guest(\.py)?",)
"""What the manifest holds hashes of: spoiled in the tests of integrity and of shims."""


def _fives(content: bytes) -> dict[str, int]:
    return dict.fromkeys(marshal.loads(content[16:])[1], 5)


class Kept(NamedTuple):
    """A kind of file with the user's data: its path below the home or the project, and what becomes of commands.

    `stops`: those that can't go on without it, with their exit code. `warns`: those that go on, with a warning.
    `free`: those that it is nothing to. `harmless`: damage that leaves what can be taken for the user's will; `either`
    leaves it to the byte that was hit.
    """

    path: str
    content: bytes
    stops: tuple[str, ...]
    warns: tuple[str, ...]
    free: tuple[str, ...]
    wrong: bytes
    future: bytes
    harmless: tuple[str, ...] = ("dangling link",)
    either: tuple[str, ...] = ()
    in_project: bool = False


KEPT_DATA = {
    "trust": Kept(
        ".local/share/pyst/trust.json",
        b"",  # the one that is there
        ("trust", "revoke"),
        ("list", "plain", "needs", "info"),
        ("names", "sizes", "doctor", "help"),
        b'{"version": 1, "entries": {"/x": {"sha256": 5}}}',
        b'{"version": 99, "entries": {}}',
        either=("bit flip",),
    ),
    "grants": Kept(
        ".local/share/pyst/grants.json",
        b"",  # the one that is there
        ("grant", "ungrant"),
        ("explain",),
        ("list", "plain", "needs", "names", "sizes", "doctor", "help"),
        b'{"version": 1, "grants": {"x": {"path": 5}}}',
        b'{"version": 99, "grants": {}}',
        either=("bit flip",),
    ),
    "manifest": Kept(
        ".local/share/pyst/manifest.json",
        b"",  # the one that is there
        ("install", "guest", "update"),
        (),
        ("plain", "needs", "names", "sizes", "doctor", "help"),
        b'{"version": 1, "scripts": {"guest": {"file": 5}}}',
        b'{"version": 99, "scripts": {}}',
        harmless=(),
        either=("bit flip",),
    ),
    "mapping": Kept(
        ".local/share/pyst/mapping.json",
        b"",  # the one that is there
        ("gists", "import"),
        (),
        ("list", "plain", "needs", "info", "names", "sizes", "doctor", "help"),
        b'{"version": 1, "scripts": {"far": {"gist": 5}}}',
        b'{"version": 99, "scripts": {}}',
        harmless=(),
        either=("bit flip",),
    ),
    "journal": Kept(
        ".local/share/pyst/installing.json",
        b'{"version": 1, "steps": []}\n',
        ("install",),
        ("explain",),
        ("list", "plain", "needs", "guest", "names", "sizes", "doctor", "help"),
        b'{"version": 1, "steps": [["scripts/mine.py", ""]]}',
        b'{"version": 99, "steps": []}',
        harmless=(),
    ),
    "settings": Kept(
        ".config/pyst/pyst.toml",
        SETTINGS.encode(),
        ("list", "plain", "names", "set"),
        (),
        ("sizes", "doctor", "help"),
        b"core = 5\n",
        b"[core]\nwarp = 9\n",
        harmless=("dangling link", "empty"),
    ),
    "env file": Kept(
        ".config/pyst/.env",
        b"WORD=there\nOTHER='here'\n",
        ("plain", "needs"),
        (),
        ("list", "info", "names", "doctor", "help"),
        b"\xff\xfe\n",
        b"A B C\n",
        harmless=("dangling link", "empty", "directory", "full directory", "FIFO"),
        either=("truncated", "bit flip"),
    ),
    "project settings": Kept(
        ".pyst.toml",
        b"[core]\n",
        ("list", "plain", "info"),
        (),
        ("sizes", "doctor", "help"),
        b"core = 5\n",
        b"[core]\nwarp = 9\n",
        harmless=("dangling link", "empty"),
        in_project=True,
    ),
    "lock": Kept(
        ".pyst/locked.py.lock",
        b"",  # the one that is there
        ("locked",),
        (),
        ("list", "plain", "info", "needs", "names"),
        b"version = 'one'\n",
        b"version = 99\n",
        either=("bit flip", "truncated"),
        in_project=True,
    ),
}
RECORD = ".local/state/pyst/forced.jsonl"
LOCKS = {
    ".local/share/pyst/manifest.lock": "install",
    ".local/share/pyst/mapping.lock": "import",
    ".local/share/pyst/trust.lock": "trust",
    ".local/share/pyst/grants.lock": "grant",
    ".local/state/pyst/settings.lock": "set",
    ".local/state/pyst/edits.lock": "add",
    ".local/state/pyst/history-v1.lock": "reindex",
}
"""Locks that lie beside the user's data: there is nothing in them, so that one that is no file any more is replaced."""


class Machine:
    """One home in which every kind of file exists. It is spoiled again and again, and has to heal each time."""

    def __init__(self, base: Path, uv_cache: Path) -> None:
        path, project = base / "home", base / "project"
        path.mkdir()
        (project / ".git").mkdir(parents=True)
        environ = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith(KEPT_PREFIXES)}
        environ |= {"HOME": str(path), "UV_CACHE_DIR": str(uv_cache), "UV_PYTHON_DOWNLOADS": "never"}
        self.home = Home(path, project, environ)
        self.shelf = base / "elsewhere"
        self.shelf.mkdir()
        self.prefix: tuple[str, ...] = ()
        for name, text in SCRIPTS.items():
            self.home.script(name, text)
        (path / ".config" / "pyst").mkdir(parents=True)
        (path / ".config" / "pyst" / "pyst.toml").write_text(SETTINGS)
        (path / ".config" / "pyst" / ".env").write_text("")
        (project / ".pyst.toml").write_text("[core]\n")
        self.home.script("guest.py", "print('guest ran')\n", where="path")
        assert self.start("lock").code == 0
        (project / "old.json").write_text('{"far": "0a"}')
        made = ("install", "import", "trust", "revoke", "trust", "grant", "set", "force", "add", "record", "history")
        for name in made:
            assert self.start(name).code == 0, name
        assert self.start("doctor").code in (0, 1)
        (path / ".config" / "pyst" / ".env").unlink()  # with one, no plan is kept
        for _ in range(2):
            self.sound = {name: self.start(name) for name in READING}
        for name, ended in self.sound.items():
            assert ended.code == 0, (name, ended)
            assert ended.out, name
        self.contents: dict[Path, bytes] = {}
        for cached in CACHED.values():
            self.contents |= {path: path.read_bytes() for path in self.of_kind(cached.path)}

    def start(self, name: str) -> Ended:
        words, environ = COMMANDS.get(name, []), self.home.environ
        if name == "rebuild":  # an environment that nobody built yet, under a lock that is there
            for each in self.store.glob("[0-9a-f]*"):
                (each / "pyst-environment.json").unlink(missing_ok=True)
            words = COMMANDS["needs"]
        elif name == "ask again":
            for each in (self.store / ".interpreters").iterdir():
                remove(each)
            shutil.rmtree(self.store.parent / "plans-v1", ignore_errors=True)
            words = COMMANDS["plain"]
        return start(words, environ, self.home.project, self.prefix)

    @property
    def store(self) -> Path:
        return self.home.path / ".cache" / "pyst" / "environments-v1"

    def files(self) -> Iterator[str]:
        """Every file below the home, by its path from there."""
        for folder, _, names in os.walk(self.home.path):
            for each in names:
                yield os.path.relpath(os.path.join(folder, each), self.home.path)

    def of_kind(self, pattern: str, base: Path | None = None) -> list[Path]:
        found = self._matching(pattern, base or self.home.path)
        assert found, f"there is no {pattern}: the case proves nothing"
        return sorted(found)

    def has(self, pattern: str) -> bool:
        """Whether there is such a file whose sound content is known."""
        return not self.contents.keys().isdisjoint(self._matching(pattern, self.home.path))

    def _matching(self, pattern: str, base: Path) -> list[Path]:
        return [
            Path(folder, each)
            for folder, _, names in os.walk(base)
            for each in names
            if re.fullmatch(pattern, os.path.relpath(os.path.join(folder, each), base))
        ]


class _Maker:
    """Makes the machine anew after a test that failed, so that one failure is not taken for many."""

    def __init__(self, folders: pytest.TempPathFactory, uv_cache: Path) -> None:
        self.folders, self.uv_cache = folders, uv_cache
        self.machine: Machine | None = None

    def __call__(self) -> Machine:
        machine, self.machine = self.machine, None
        return machine or Machine(self.folders.mktemp("machine", numbered=True), self.uv_cache)


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory, uv_cache: Path) -> _Maker:
    return _Maker(tmp_path_factory, uv_cache)


@pytest.fixture
def machine(maker: _Maker, request: pytest.FixtureRequest) -> Iterator[Machine]:
    made = maker()
    yield made
    made.prefix = ()
    if not getattr(request.node, "failed", False):
        maker.machine = made


@pytest.fixture(autouse=True)
def _sound_code(request: pytest.FixtureRequest) -> None:
    """Whether the test fails is only known by itself: it says when it is through."""
    request.node.failed = True


def through(request: pytest.FixtureRequest) -> None:
    request.node.failed = False


def told_well(ended: Ended, case: object) -> None:
    """Whatever happened: no traceback, no bug of ours."""
    assert "Traceback" not in ended.err, (case, ended)
    assert "internal error" not in ended.err, (case, ended)
    assert "E_INTERNAL" not in ended.out + ended.err, (case, ended)


def same_answer(name: str, ended: Ended, sound: Ended) -> bool:
    """Whether the answer is the one of a sound cache (times and process numbers aside)."""
    if name != "report":
        return (ended.code, ended.out) == (sound.code, sound.out)
    one, other = (json.loads(each.out)["detail"] for each in (ended, sound))
    for each in (one, other):
        del each["outcome"]["duration_seconds"]
    return one == other


def test_no_file_is_unknown(machine: Machine, request: pytest.FixtureRequest) -> None:
    known = [each.path for each in CACHED.values()] + [re.escape(each.path) for each in KEPT_DATA.values()]
    known += [*NOT_OURS, *RECORDS, *INSTALLED, *map(re.escape, (*LOCKS, RECORD))]
    unknown = [each for each in machine.files() if not any(re.fullmatch(one, each) for one in known)]
    assert unknown == [], "put them into the tables, and say what is to become of them when they are spoiled"
    beside = {each.name for each in (machine.home.project / ".pyst").iterdir()}
    assert beside == {f"{each}.py" for each in SCRIPTS} | {"locked.py.lock"}
    through(request)


@pytest.mark.parametrize("damage", MOST_DAMAGES)
@pytest.mark.parametrize("kind", CACHED)
def test_a_spoiled_cache_changes_no_answer_and_heals(
    machine: Machine, kind: str, damage: str, request: pytest.FixtureRequest
) -> None:
    spoil_and_heal(machine, kind, damage, CACHED[kind].commands[:1])
    through(request)


CROSSES = [
    (kind, damage)
    for row, kind in enumerate(CACHED)
    for column, damage in enumerate(DAMAGES)
    if (row + column) % 3 == 0 or os.environ.get("PYST_TEST_ALL")
]
"""Every kind of file and every damage, but not every damage to every kind: that takes some minutes more."""


@pytest.mark.sweep
@pytest.mark.parametrize(("kind", "damage"), CROSSES)
def test_a_spoiled_cache_changes_no_answer_of_any_command(
    machine: Machine, kind: str, damage: str, request: pytest.FixtureRequest
) -> None:
    spoil_and_heal(machine, kind, damage, tuple(dict.fromkeys((*CACHED[kind].commands, *READING))))
    for name in READING:
        ended = machine.start(name)
        assert same_answer(name, ended, machine.sound[name]), (name, ended)
    through(request)


def spoil_and_heal(machine: Machine, kind: str, damage: str, commands: tuple[str, ...]) -> None:
    cached = CACHED[kind]
    for _ in range(20):
        if machine.has(cached.path):
            break
        machine.start(cached.commands[0])  # what changed a moment ago, by the case before, is not remembered yet
    contents = {path: machine.contents[path] for path in machine.of_kind(cached.path) if path in machine.contents}
    machine.prefix = obeying_permissions() if damage == "unreadable" else ()
    for name in commands:
        for path, content in contents.items():
            change = {"wrong": cached.wrong(content), "future": cached.future(content)}
            spoil(path, damage, content, **change, shelf=machine.shelf)
        for plan in (machine.store.parent / "plans-v1").glob("*"):
            if re.fullmatch("[0-9a-f]{32}", plan.name) and plan not in contents:
                remove(plan)  # it would answer at once
        for again in range(2):
            ended = machine.start(name)
            told_well(ended, (name, again))
            expected = {"rebuild": "needs", "ask again": "plain"}.get(name, name)
            if expected in machine.sound:
                assert same_answer(expected, ended, machine.sound[expected]), (name, again, ended)
            else:
                assert ended.code == 0 or name == "doctor", (name, ended)
        for path in contents:
            if damage == "link elsewhere":
                assert elsewhere_of(path, machine.shelf).read_bytes() == ELSEWHERE, f"written through {path}"
            elif damage == "dangling link":
                assert not elsewhere_of(path, machine.shelf).exists(), f"written through {path}"
        if cached.renewed and name == cached.commands[0]:
            assert any(map(is_whole_file, contents)), name
    machine.prefix = ()
    for path, content in contents.items():
        if path.parent.is_dir() and not (is_whole_file(path) and path.stat().st_size < 1 << 20):
            remove(path)  # what no command had a reason to renew must not meet the next case
            path.write_bytes(content)


def is_whole_file(path: Path) -> bool:
    return os.path.lexists(path) and path.lstat().st_mode & 0o170400 == 0o100400


@pytest.mark.parametrize("damage", MOST_DAMAGES)
@pytest.mark.parametrize("kind", KEPT_DATA)
def test_spoiled_data_of_the_user_is_told_and_kept(
    machine: Machine, kind: str, damage: str, request: pytest.FixtureRequest
) -> None:
    kept = KEPT_DATA[kind]
    path = (machine.home.project if kept.in_project else machine.home.path) / kept.path
    content = kept.content or path.read_bytes()
    existed = os.path.lexists(path)
    spoil(path, damage, content, wrong=kept.wrong, future=kept.future, shelf=machine.shelf)
    machine.prefix = obeying_permissions() if damage == "unreadable" else ()
    before = state_of(path)
    for name in (*kept.free, *kept.warns, *kept.stops):
        ended = machine.start(name)
        told_well(ended, name)
        if damage in kept.harmless:
            assert ended.code == 0 or name == "doctor", (name, ended)
            continue
        if name in kept.free:
            assert ended.code == 0 or name == "doctor", (name, ended)
        elif damage not in kept.either:
            assert str(path) in ended.err, (name, ended)
            if name in kept.warns:
                assert same_answer(name, ended, machine.sound[name]), (name, ended)
                assert "warning: " in ended.err
            else:
                assert ended.code == 1, (name, ended)
                assert "error: " in ended.err
                assert ended.out == ""
        if damage not in kept.either:
            assert state_of(path) == before, name
    remove(path)
    if existed:
        path.write_bytes(content)
    machine.prefix = ()
    through(request)


def state_of(path: Path) -> tuple[object, ...]:
    """What is at `path`: kind and mode, where it leads, what is in it."""
    mode = path.lstat().st_mode
    if path.is_symlink():
        return mode, os.readlink(path), path.exists() and path.read_bytes()
    if path.is_dir():
        return mode, sorted(os.listdir(path))
    size = path.stat().st_size
    return mode, size, path.read_bytes() if size < 1 << 20 and path.is_file() else None


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_forced_run_is_recorded_or_does_not_happen(
    machine: Machine, damage: str, request: pytest.FixtureRequest
) -> None:
    path = machine.home.path / RECORD
    line = path.read_bytes().splitlines(keepends=True)[0]
    spoil(path, damage, line, wrong=b"[]\n", future=b"{}\n", shelf=machine.shelf)
    machine.prefix = obeying_permissions() if damage == "unreadable" else ()
    before = state_of(path)
    ended = machine.start("force")
    told_well(ended, damage)
    if damage in ("directory", "full directory", "FIFO", "unreadable"):
        assert (ended.code, ended.out) == (1, ""), ended
        assert str(path) in ended.err
        assert state_of(path) == before
    else:
        assert (ended.code, ended.out) == (0, "blocked ran\n"), ended
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - 4096, 0))
            end = file.read().splitlines()
        assert json.loads(end[-1])["rule"] == "!blocked"
    remove(path)
    path.write_bytes(line)
    machine.prefix = ()
    through(request)


@pytest.mark.parametrize("damage", MOST_DAMAGES)
@pytest.mark.parametrize("lock", LOCKS)
def test_a_spoiled_lock_beside_data_makes_room(
    machine: Machine, lock: str, damage: str, request: pytest.FixtureRequest
) -> None:
    path = machine.home.path / lock
    spoil(path, damage, b"", wrong=b"1234\n", future=b"{}", shelf=machine.shelf)
    machine.prefix = obeying_permissions() if damage == "unreadable" else ()
    ended = machine.start(LOCKS[lock])
    told_well(ended, damage)
    assert ended.code == 0, ended
    assert is_whole_file(path)
    if damage == "link elsewhere":
        assert elsewhere_of(path, machine.shelf).read_bytes() == ELSEWHERE
    remove(path)
    machine.prefix = ()
    through(request)
