"""The walls of a confined run, in both tiers, with real scripts that try what they must not."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.runs import PATIENCE_SECONDS, ROOT, command, is_alive, pids_in, run, start, wait_until

landlock = pytest.importorskip("pyst.confinement.linux.landlock", reason="the walls are those of Linux")
from pyst.confinement.linux.namespaces import fork_apart  # noqa: E402

VERSION = landlock.abi()
pytestmark = pytest.mark.skipif(VERSION == 0, reason="this kernel has no Landlock")


def _has_namespaces() -> bool:
    try:
        pid = fork_apart(network=True)
    except OSError:
        return False
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


needs_namespaces = pytest.mark.skipif(not _has_namespaces(), reason="this host refuses user namespaces")
TIERS = [pytest.param("strict", marks=needs_namespaces), "basic"]
ENVIRONMENT = str(Path(sys.executable).parent.parent)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def confined(tier: str, work: Path, script: str, *, walls: dict[str, Any] | None = None, **asked: Any) -> Any:
    """The run of a script that may write to `work`; its outcome in `.told` where it got that far."""
    report = work.parent / "report.json"
    asked = {"cwd": str(work), "report": str(report), "environment": ENVIRONMENT, **asked}
    asked["walls"] = {"tier": tier, "write": [str(work)], **(walls or {})}
    ended: Any = run(script=script, **asked)
    ended.told = json.loads(report.read_text().splitlines()[-1]) if report.exists() else None
    return ended


def said(ended: Any) -> str:
    assert ended.returncode == 0, ended.stderr.decode()
    text: str = ended.stdout.decode().strip()
    return text


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("code", [0, 1, 7, 101, 124, 255])
def test_the_exit_code_is_the_scripts(tier: str, work: Path, code: int) -> None:
    assert confined(tier, work, f"raise SystemExit({code})").returncode == code


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGABRT", "SIGUSR1"])
def test_a_death_by_a_signal_is_told(tier: str, work: Path, name: str) -> None:
    ended = confined(tier, work, f"import os, signal; os.kill(os.getpid(), signal.{name})")
    assert ended.told["signal"] == getattr(signal, name)
    assert ended.returncode == -getattr(signal, name)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("way", ["read", "write", "run"])
@pytest.mark.parametrize("at", ["granted", "granted/below", "granted/below/deep"])
def test_a_link_that_came_after_the_grant_widens_nothing(
    tier: str, work: Path, tmp_path: Path, way: str, at: str
) -> None:
    (tmp_path / "secret" / "below" / "deep").mkdir(parents=True)
    (tmp_path / "secret" / "below" / "deep" / "file").write_text("canary")
    link = tmp_path / at
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "secret" / at.partition("/")[2])
    granted = tmp_path / "granted" / "below" / "deep"
    ended = confined(tier, work, f"print(open({str(granted / 'file')!r}).read())", walls={way: [str(granted)]})
    assert (ended.returncode, ended.stdout) == (101, b"")
    assert b"a link that came after" in ended.stderr


@pytest.mark.parametrize("tier", TIERS)
def test_what_was_not_granted_is_not_read(tier: str, work: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    script = f"""
import os
for path in ({str(secret)!r}, {str(tmp_path)!r} + "/work/../secret"):
    try:
        print(open(path).read())
    except OSError as error:
        print(type(error).__name__)
os.symlink({str(secret)!r}, "link")
try:
    print(open("link").read())
except OSError as error:
    print(type(error).__name__)
"""
    kind = "FileNotFoundError" if tier == "strict" else "PermissionError"
    assert said(confined(tier, work, script)).split() == [kind] * 3
    assert said(confined(tier, work, f"print(open({str(secret)!r}).read())", walls={"read": [str(secret)]})) == "canary"


@pytest.mark.parametrize("tier", TIERS)
def test_only_what_was_granted_is_written(tier: str, work: Path, tmp_path: Path) -> None:
    readable = tmp_path / "readable"
    readable.mkdir()
    (readable / "kept").write_text("kept")
    script = f"""
import os
open("mine", "w").write("written")
for act in (
    lambda: open({str(readable)!r} + "/kept", "a"), lambda: open({str(readable)!r} + "/new", "w"),
    lambda: os.unlink({str(readable)!r} + "/kept"), lambda: os.rename({str(readable)!r} + "/kept", "stolen"),
    lambda: os.truncate({str(readable)!r} + "/kept", 0), lambda: open({ENVIRONMENT!r} + "/pyvenv.cfg", "a"),
    lambda: os.link({str(readable)!r} + "/kept", "link"),
):
    try:
        act()
        print("went through")
    except OSError:
        pass
try:
    open({str(tmp_path)!r} + "/new", "w")  # the strict tier has a private folder around it
except OSError:
    pass
"""
    assert said(confined(tier, work, script, walls={"read": [str(readable)]})) == ""
    assert not (tmp_path / "new").exists()
    assert (work / "mine").read_text() == "written"
    assert sorted(os.listdir(readable)) == ["kept"]
    assert (readable / "kept").read_text() == "kept"
    assert sorted(os.listdir(work)) == ["mine"]


@needs_namespaces
def test_what_lies_outside_of_the_view_can_not_be_changed(work: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    before = kept.stat()
    script = f"""
import os
for act in (os.stat, lambda path: os.chmod(path, 0o777), os.utime, lambda path: os.setxattr(path, "user.x", b"")):
    try:
        act({str(kept)!r})
        print("went through")
    except OSError as error:
        print(error.errno)
"""
    assert set(said(confined("strict", work, script)).split()) == {"2"}
    script = script.replace("os.stat, ", "")
    assert set(said(confined("strict", work, script, walls={"read": [str(kept)]})).split()) == {"30"}
    assert (kept.stat().st_mode, kept.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


@pytest.mark.parametrize("tier", TIERS)
def test_a_script_that_is_not_what_it_was_is_not_run(tier: str, work: Path) -> None:
    script = work / "script.py"
    script.write_text("print(open(__file__).read())")
    for sha256, code in ((hashlib.sha256(script.read_bytes()).hexdigest(), 0), ("0" * 64, 101)):
        walls = {"tier": tier, "write": [str(work)], "contents": [[str(script), sha256]]}
        ended = run(argv=[sys.executable, str(script)], cwd=str(work), environment=ENVIRONMENT, walls=walls)
        assert (ended.returncode, ended.stdout != b"") == (code, code == 0), ended.stderr
    assert b"is not what it was" in ended.stderr


@needs_namespaces
def test_a_script_that_is_changed_while_it_runs_is_seen_as_it_was(work: Path) -> None:
    script = work / "script.py"
    script.write_text("print('ready', flush=True); input(); print(open(__file__).read()[:7])")
    walls = {"tier": "strict", "contents": [[str(script), hashlib.sha256(script.read_bytes()).hexdigest()]]}
    pyst = start(argv=[sys.executable, str(script)], cwd=str(work), environment=ENVIRONMENT, walls=walls)
    assert pyst.stdout
    assert pyst.stdout.readline() == b"ready\n"
    script.write_text("another")
    assert pyst.communicate(b"\n", timeout=PATIENCE_SECONDS)[0] == b"print('\n"


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("kind", ["folder", "file"])
def test_deny_beats_allow(tier: str, work: Path, tmp_path: Path, kind: str) -> None:
    open_to_all = tmp_path / "open"
    (open_to_all / "deep" / "down").mkdir(parents=True)
    denied = open_to_all / "deep" / "down" if kind == "folder" else open_to_all / "deep" / "secret"
    (open_to_all / "deep" / "down" / "secret").write_text("canary")
    (open_to_all / "deep" / "secret").write_text("canary")
    (open_to_all / "deep" / "beside").write_text("beside")
    wanted = denied / "secret" if kind == "folder" else denied
    script = f"""
print(open({str(open_to_all / "deep" / "beside")!r}).read())
try:
    print(open({str(wanted)!r}).read())
except OSError as error:
    print(error.errno)
"""
    given = {"read": [str(open_to_all)], "denied": [str(denied)]}
    assert said(confined(tier, work, script, walls=given)).split() == ["beside", "13"]


@pytest.mark.parametrize("tier", TIERS)
def test_the_environment_is_scrubbed(tier: str, work: Path) -> None:
    secrets = ("AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "PYTHONPATH", "LD_PRELOAD_OF_MINE", "PYST_SOME_TOKEN")
    script = "import os; print('canary' in os.environ.values(), os.environ.get('MY_THING'), os.environ.get('GIVEN'))"
    script += "; open(os.environ['HOME'] + '/x', 'w'); open(os.environ['TMPDIR'] + '/x', 'w')"
    with pytest.MonkeyPatch.context() as patch:
        for name in secrets:
            patch.setenv(name, "canary")
        patch.setenv("MY_THING", "wanted")
        assert said(confined(tier, work, script)) == "False None None"
        given = confined(tier, work, script, walls={"env": ["MY_*"]}, set={"GIVEN": "by the plan"})
        assert said(given) == "False wanted by the plan"


@needs_namespaces
def test_no_other_process_is_seen(work: Path) -> None:
    script = """
import os
print(os.getpid(), os.getppid(), [name for name in os.listdir("/proc") if name.isdigit()])
for path in ("/proc/1/environ", "/proc/1/mem", "/proc/1/root", "/proc/sys", "/proc/kcore"):
    try:
        os.stat(path) and open(path)
        print("went through", path)
    except OSError:
        pass
"""
    assert said(confined("strict", work, script)) == "2 1 ['2']"


@pytest.mark.parametrize("tier", TIERS)
def test_other_processes_are_not_signalled(tier: str, work: Path) -> None:
    if tier == "basic" and VERSION < 6:
        pytest.skip("Landlock holds signals from its sixth ABI on")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        script = f"import os, signal\ntry: os.kill({other.pid}, signal.SIGTERM)\nexcept OSError as error: print('no')"
        assert said(confined(tier, work, script)) == "no"
        assert other.poll() is None
        other.communicate(b"\n", timeout=PATIENCE_SECONDS)
        assert other.returncode == 0


@pytest.mark.parametrize("tier", TIERS)
def test_no_network(tier: str, work: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        script = f"""
import socket
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    try:
        with socket.socket(socket.AF_INET, kind) as sock:
            sock.connect({server.getsockname()!r})
            sock.send(b"x")
        print("went through")
    except OSError:
        pass
for family, kind, protocol in ((16, 3, 0), (40, 1, 0), (17, 3, 0), (38, 5, 0), (2, 1, 262), (2, 3, 1)):
    try:
        socket.socket(family, kind, protocol).close()
        print("went through", family, kind, protocol)
    except OSError:
        pass
"""
        assert said(confined(tier, work, script)) == ""
        with pytest.raises(BlockingIOError):
            server.accept()
        allowed = f"import socket; socket.create_connection({server.getsockname()!r}, 10); print('reached')"
        assert said(confined(tier, work, allowed, walls={"net": {"mode": "all"}})) == "reached"
        server.accept()[0].close()


@needs_namespaces
def test_the_loopback_device_is_the_scripts_own(work: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as outside:
        script = f"""
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname(), 10)
print("own")
try:
    socket.create_connection({outside.getsockname()!r}, 10)
except OSError:
    print("not outside")
"""
        ended = confined("strict", work, script, walls={"net": {"mode": "loopback"}})
        assert said(ended).splitlines() == ["own", "not outside"]


@pytest.mark.parametrize("tier", TIERS)
def test_sockets_of_other_programs_are_not_reached(tier: str, work: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as named, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0pyst-test-{os.getpid()}")
        here = os.getcwd()
        os.chdir(tmp_path)  # the whole path may be too long for an address
        named.bind("outside")
        os.chdir(here)
        for each in (named, abstract):
            each.listen()
        script = f"""
import os, socket
os.chdir({str(tmp_path)!r})
for address in ("outside", {abstract.getsockname()!r}):
    try:
        socket.socket(socket.AF_UNIX).connect(address)
        print("went through")
    except OSError:
        pass
"""
        assert said(confined(tier, work, script)) == ""


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("way", ["read", "write"])
def test_sockets_in_granted_folders_are_not_reached(tier: str, way: str, work: Path, tmp_path: Path) -> None:
    (tmp_path / "granted" / "deep").mkdir(parents=True)
    here = os.getcwd()
    with socket.socket(socket.AF_UNIX) as absolute, socket.socket(socket.AF_UNIX) as relative:
        os.chdir(tmp_path / "granted")
        absolute.bind("../granted/deep/absolute")
        relative.bind("relative")
        os.chdir(here)
        for each in (absolute, relative):
            each.listen()
        script = f"""
import os, socket
os.chdir({str(tmp_path / "granted")!r})
for address in ("relative", "deep/absolute"):
    try:
        socket.socket(socket.AF_UNIX).connect(address)
        print("went through")
    except OSError:
        pass
socket.socketpair()
"""
        walls = {way: [str(work), str(tmp_path / "granted")]}
        assert said(confined(tier, work, script, walls=walls)) == ""


@needs_namespaces
def test_a_socket_that_was_granted_is_reached(work: Path, tmp_path: Path) -> None:
    here = os.getcwd()
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)
        server.bind("socket")
        os.chdir(here)
        server.listen()
        script = (
            f"import os, socket; os.chdir({str(tmp_path)!r}); socket.socket(socket.AF_UNIX).connect('socket'); print(1)"
        )
        assert said(confined("strict", work, script, walls={"write": [str(work), str(tmp_path / "socket")]})) == "1"


@pytest.mark.parametrize("tier", TIERS)
def test_only_granted_programs_are_executed(tier: str, work: Path) -> None:
    env = shutil.which("env", path="/usr/bin:/bin")
    assert env is not None
    script = f"""
import os, shutil, subprocess, sys
print(subprocess.run([sys.executable, "-c", "print('python')"], capture_output=True, text=True).stdout.strip())
shutil.copy({env!r}, "copy")
os.chmod("copy", 0o755)
for path in ({env!r}, "./copy"):
    try:
        subprocess.run([path], check=True, stdout=subprocess.DEVNULL)
        print("executed")
    except OSError as error:
        print(error.errno)
"""
    assert said(confined(tier, work, script)).split() == ["python", "13", "13"]
    assert said(confined(tier, work, script, walls={"run": [env]})).split() == ["python", "executed", "13"]
    assert said(confined(tier, work, script, walls={"run": None})).split() == ["python", "executed", "executed"]


@pytest.mark.parametrize("tier", TIERS)
def test_inherited_descriptors_are_closed(tier: str, work: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    walls = {"tier": tier, "write": [str(work)]}
    script = "import os\nfor fd in range(3, 256):\n try: os.fstat(fd); print(fd)\n except OSError: pass"
    asked = command(script=script, walls=walls, cwd=str(work), environment=ENVIRONMENT)
    with secret.open() as file:
        os.dup2(file.fileno(), 77, inheritable=True)
        try:
            ended = subprocess.run(asked, capture_output=True, close_fds=False, timeout=PATIENCE_SECONDS, check=True)
        finally:
            os.close(77)
    assert ended.stdout == b""


@pytest.mark.parametrize("tier", TIERS)
def test_no_powers_are_left(tier: str, work: Path) -> None:
    script = """
import os
lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
sets = {name: int(lines[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}
print(set(sets.values()), lines["NoNewPrivs"].strip(), lines["Seccomp"].strip())
"""
    assert said(confined(tier, work, script)) == "{0} 1 2"


@pytest.mark.parametrize("tier", TIERS)
def test_what_was_built_is_told(tier: str, work: Path) -> None:
    told = confined(tier, work, "pass").told["confinement"]
    assert told["tier"] == tier
    assert "seccomp" in told["layers"]
    assert ("network namespace" in told["layers"]) == (tier == "strict")
    assert bool(told["not_stopped"]) == (tier == "basic")


def _without_namespaces(work: Path, **walls: Any) -> subprocess.CompletedProcess[bytes]:
    report = str(work.parent / "report.json")
    asked = command(script="print('ran')", walls=walls, cwd=str(work), environment=ENVIRONMENT, report=report)
    argv = [sys.executable, "-m", "tests.support.userless", *asked]
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    return subprocess.run(argv, capture_output=True, timeout=PATIENCE_SECONDS, cwd=ROOT, env=environ, check=False)


def test_a_host_that_refuses_namespaces_is_an_error(work: Path) -> None:
    ended = _without_namespaces(work, tier="strict")
    assert (ended.returncode, ended.stdout) == (101, b"")
    assert b"E_WALL: the wall `namespaces` could not be built, so nothing was run" in ended.stderr


def test_the_best_effort_is_less_there_and_says_so(work: Path) -> None:
    ended = _without_namespaces(work, tier="best-effort")
    assert (ended.returncode, ended.stdout) == (0, b"ran\n")
    told = json.loads((work.parent / "report.json").read_text())["confinement"]
    assert told["tier"] == "basic"
    assert any("namespaces" in each for each in told["not_stopped"])


@pytest.mark.parametrize("mode", ["loopback", "hosts"])
@pytest.mark.parametrize("tier", ["basic", "best-effort"])
def test_what_a_tier_can_not_hold_is_an_error(work: Path, tier: str, mode: str) -> None:
    ended = _without_namespaces(work, tier=tier, net={"mode": mode, "hosts": [["example.org", 443]]})
    assert (ended.returncode, ended.stdout) == (101, b"")
    assert b"E_WALL" in ended.stderr


MOVES = """
import os
for way in (
    lambda: os.rename("above", "moved"),
    lambda: os.rename("above/kept", "moved"),
    lambda: os.rename("link", "moved"),
    lambda: os.unlink("link"),
    lambda: (os.symlink("other", "new"), os.rename("new", "link")),
    lambda: os.rename("scripts", "moved"),
):
    try:
        way()
    except OSError:
        continue
    print("moved")
os.mkdir("above/new")
os.rename("above/new", "above/newer")
open("through/file", "w").close()
print(*os.listdir("above"), *os.listdir("target"))
"""


@needs_namespaces
def test_names_stay_where_they_are_above_what_is_kept(work: Path) -> None:
    for each in ("above/kept", "target/kept", "scripts", "other"):
        (work / each).mkdir(parents=True)
    for name in ("link", "through"):
        (work / name).symlink_to("target")
    (work / "scripts" / "script.py").write_text(MOVES)
    denied = [str(work / each) for each in ("above/kept", "link/kept", "target/kept")]
    argv = [sys.executable, str(work / "scripts" / "script.py")]
    walls = {"tier": "strict", "write": [str(work)], "denied": denied}
    lines = said(run(argv=argv, cwd=str(work), environment=ENVIRONMENT, walls=walls)).split()
    assert sorted(lines) == ["file", "kept", "kept", "newer"]


@needs_namespaces
def test_what_is_denied_must_be_there_where_it_could_be_made(work: Path) -> None:
    ended = confined("strict", work, "print('ran')", walls={"denied": [str(work / "absent")]})
    assert (ended.returncode, ended.stdout) == (101, b"")
    assert b"`%s` does not exist" % bytes(work / "absent") in ended.stderr


def test_basic_can_not_deny_behind_a_link_that_may_be_replaced(work: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "kept").mkdir(parents=True)
    (work / "link").symlink_to(tmp_path / "elsewhere")
    ended = confined("basic", work, "print('ran')", walls={"denied": [str(work / "link" / "kept")]})
    assert (ended.returncode, ended.stdout) == (101, b"")


def test_basic_can_not_deny_below_what_is_written(work: Path) -> None:
    (work / "kept").mkdir()
    ended = confined("basic", work, "print('ran')", walls={"denied": [str(work / "kept")]})
    assert (ended.returncode, ended.stdout) == (101, b"")
    assert b"E_WALL" in ended.stderr


@pytest.mark.parametrize("tier", TIERS)
def test_a_missing_interpreter_is_told_as_ever(tier: str, work: Path) -> None:
    ended = run(argv=["/nowhere/python"], walls={"tier": tier}, cwd=str(work))
    assert ended.returncode == 127
    assert b"E_NO_INTERPRETER" in ended.stderr


@pytest.mark.parametrize("tier", TIERS)
def test_nothing_is_left_after_the_time_limit(tier: str, work: Path) -> None:
    script = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        os.fork()
time.sleep(300)
"""
    events = work.parent / "events"
    ended = confined(tier, work, script, timeout=1.0, grace=0.2, events=str(events))
    assert (ended.returncode, ended.told["timed_out"]) == (124, True)
    assert "leftovers" not in events.read_text()


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("victim", ["pyst", "keeper"])
def test_the_death_of_pyst_or_its_keeper_ends_all(tier: str, work: Path, victim: str) -> None:
    script = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
open("ready", "a").write("x")
time.sleep(300)
"""
    events = work.parent / "events"
    asked = {"tier": tier, "write": [str(work)]}
    with start(script=script, walls=asked, cwd=str(work), environment=ENVIRONMENT, events=str(events)) as process:
        ready = work / "ready"
        wait_until(lambda: ready.exists() and ready.stat().st_size == 2, "both processes")
        wait_until(lambda: events.exists() and "\n" in events.read_text(), "the first event")
        inner = json.loads(events.read_text().splitlines()[0])["pid"]
        keepers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        tree = [inner, *_below(int(keepers[0]))]
        os.kill(process.pid if victim == "pyst" else int(keepers[0]), signal.SIGKILL)
        process.communicate(timeout=PATIENCE_SECONDS)
        wait_until(lambda: not any(is_alive(pid) for pid in tree), "the end of all")
        mine = f"pyst-confined-{process.pid}-"
        wait_until(lambda: not any(each.startswith(mine) for each in os.listdir("/tmp")), "an end without leftovers")


def _below(pid: int) -> list[int]:
    found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*found, *(each for child in found for each in _below(child))]


@pytest.mark.parametrize("tier", TIERS)
def test_signals_reach_the_script(tier: str, work: Path) -> None:
    script = """
import signal, sys, time
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(9))
open("ready", "w").close()
while True:
    time.sleep(0.05)
"""
    walls = {"tier": tier, "write": [str(work)]}
    with start(script=script, walls=walls, cwd=str(work), environment=ENVIRONMENT) as process:
        wait_until((work / "ready").exists, "the script")
        process.send_signal(signal.SIGUSR1)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 9


@pytest.mark.parametrize("tier", TIERS)
def test_an_interrupt_reaches_the_script(tier: str, work: Path) -> None:
    script = "import time\nopen('ready', 'w').close()\nwhile True:\n    time.sleep(0.05)"
    walls = {"tier": tier, "write": [str(work)]}
    with start(script=script, walls=walls, cwd=str(work), environment=ENVIRONMENT) as process:
        wait_until((work / "ready").exists, "the script")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == -signal.SIGINT
        assert b"KeyboardInterrupt" in err


@pytest.mark.parametrize("tier", TIERS)
def test_no_private_folder_is_left(tier: str, work: Path) -> None:
    script = "import os, tempfile; os.makedirs(tempfile.mkdtemp() + '/a'); print(os.environ['TMPDIR'])"
    folder = said(confined(tier, work, script))
    assert tier == "strict" or not os.path.exists(folder)


def _left_of(pid: int) -> list[str]:
    return [each for each in os.listdir("/tmp") if each.startswith(f"pyst-confined-{pid}-")]


def test_the_folder_of_a_pyst_that_was_killed_with_its_keeper_is_removed_by_the_next(work: Path) -> None:
    script = "import os, time\nos.makedirs('a/b')\nopen('ready', 'w').close()\ntime.sleep(300)"
    asked = {"walls": {"tier": "basic", "write": [str(work)]}, "cwd": str(work), "environment": ENVIRONMENT}
    with start(script=script, **asked) as process:
        wait_until((work / "ready").exists, "the script")
        tree = _below(process.pid)
        for pid in (process.pid, tree[0]):
            os.kill(pid, signal.SIGSTOP)
        for pid in (process.pid, tree[0]):
            os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE_SECONDS)
        wait_until(lambda: not any(is_alive(pid) for pid in tree), "the end of all")
    assert _left_of(process.pid)
    said(confined("basic", work, "print(1)"))
    assert not _left_of(process.pid)


def test_the_folder_of_a_run_that_lives_is_left_alone(work: Path) -> None:
    script = "import os, time\nopen(os.environ['TMPDIR'] + '/mine', 'w').close()\nopen('ready', 'w').close()\ninput()\n"
    script += "print(*sorted(os.listdir(os.environ['TMPDIR'])))"
    asked = {"walls": {"tier": "basic", "write": [str(work)]}, "cwd": str(work), "environment": ENVIRONMENT}
    with start(script=script, **asked) as process:
        wait_until((work / "ready").exists, "the script")
        said(confined("basic", work, "print(1)"))
        out, err = process.communicate(b"\n", timeout=PATIENCE_SECONDS)
        assert out == b"home mine\n", err


def test_a_wall_that_is_missing_leaves_no_folder(work: Path) -> None:
    (work / "kept").mkdir()
    asked = {"walls": {"tier": "basic", "write": [str(work)], "denied": [str(work / "kept")]}, "cwd": str(work)}
    with start(script="print(1)", **asked) as process:
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 101
        assert not _left_of(process.pid)


MIB = 1 << 20


@pytest.mark.parametrize("tier", TIERS)
def test_the_memory_of_the_whole_tree_is_bound(tier: str, work: Path) -> None:
    script = """
import os, time
for _ in range(12):
    if os.fork() == 0:
        held = b"x" * (50 << 20)
        time.sleep(300)
        os._exit(0)
time.sleep(300)
"""
    ended = confined(tier, work, script, walls={"bounds": {"memory_bytes": 200 * MIB}})
    assert (ended.told["limit"], ended.told["exit_code"], ended.told["signal"]) == ("memory", 137, None)


@needs_namespaces
def test_files_in_memory_count_as_memory(work: Path) -> None:
    script = "import os, time\nwith open('/dev/shm/x', 'wb') as file:\n for _ in range(400): file.write(bytes(1 << 20))"
    ended = confined("strict", work, script + "\ntime.sleep(300)", walls={"bounds": {"memory_bytes": 200 * MIB}})
    assert ended.told["limit"] == "memory"


@pytest.mark.parametrize("tier", TIERS)
def test_files_without_a_name_count_as_memory(tier: str, work: Path) -> None:
    script = """
import os, time
held = os.memfd_create("held", 1 | 8)  # never to be executed
for _ in range(400):
    os.write(held, bytes(1 << 20))
time.sleep(300)
"""
    ended = confined(tier, work, script, walls={"bounds": {"memory_bytes": 200 * MIB}}, timeout=30.0)
    assert ended.told["limit"] == "memory"


@pytest.mark.parametrize("tier", TIERS)
def test_shared_memory_with_a_name_counts(tier: str, work: Path) -> None:
    script = f"""
import os, time
held = os.open("/dev/shm/pyst-test-{work.parent.name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
os.unlink("/dev/shm/pyst-test-{work.parent.name}")
for _ in range(300):
    os.write(held, bytes(1 << 20))
time.sleep(300)
"""
    ended = confined(tier, work, script, walls={"bounds": {"memory_bytes": 150 * MIB}}, timeout=30.0)
    assert ended.told["limit"] == "memory"


@pytest.mark.parametrize("tier", TIERS)
def test_page_tables_count_as_memory(tier: str, work: Path) -> None:
    script = """
import mmap, time
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000  # MAP_NORESERVE
held = mmap.mmap(-1, 128 << 30, flags=flags, prot=mmap.PROT_READ)
for at in range(0, len(held), 2 << 20):
    held[at]
time.sleep(300)
"""
    ended = confined(tier, work, script, walls={"bounds": {"memory_bytes": 100 * MIB}}, timeout=30.0)
    assert ended.told["limit"] == "memory"


@pytest.mark.parametrize("tier", TIERS)
def test_there_is_no_system_v_memory(tier: str, work: Path) -> None:
    script = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    script += "print(libc.shmget(0, 1 << 20, 0o1600), ctypes.get_errno())"
    assert said(confined(tier, work, script)) == "-1 38"


@pytest.mark.parametrize("tier", TIERS)
def test_no_room_is_reserved_where_the_disk_is_bound(tier: str, work: Path) -> None:
    script = """
import ctypes, os
file = os.open("big", os.O_CREAT | os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
print(libc.fallocate(file, 0, ctypes.c_long(0), ctypes.c_long(1 << 20)), ctypes.get_errno())
os.posix_fallocate(file, 0, 1 << 20)
print(os.fstat(file).st_size)
"""
    assert said(confined(tier, work, script, walls={"bounds": {"disk_bytes": 50 * MIB}})) == "-1 95\n1048576"
    assert said(confined(tier, work, script)) == "0 0\n1048576"


@pytest.mark.parametrize("tier", TIERS)
def test_one_process_is_refused_more_memory(tier: str, work: Path) -> None:
    script = "try: held = bytearray(400 << 20)\nexcept MemoryError: print('refused')"
    assert said(confined(tier, work, script, walls={"bounds": {"memory_bytes": 200 * MIB}})) == "refused"


@pytest.mark.parametrize("tier", TIERS)
def test_too_many_processes_are_ended(tier: str, work: Path) -> None:
    script = """
import os, time
for _ in range(7):  # 128 at most, whatever holds them
    try:
        os.fork()
    except OSError:
        pass
    time.sleep(0.05)
time.sleep(60)
"""
    ended = confined(tier, work, script, walls={"bounds": {"processes": 20}}, grace=0.2, timeout=10.0)
    held_by_the_kernel = ended.told["timed_out"] and os.geteuid() != 0
    assert ended.told["limit"] == "processes" or held_by_the_kernel


@pytest.mark.parametrize("tier", TIERS)
def test_what_the_tree_writes_is_bound(tier: str, work: Path) -> None:
    script = """
import os, time
for each in range(40):
    if os.fork() == 0:
        with open(f"part-{each}", "wb") as file:
            for _ in range(10):
                file.write(bytes(1 << 20))
        os._exit(0)
    time.sleep(0.005)
time.sleep(300)
"""
    ended = confined(tier, work, script, walls={"bounds": {"disk_bytes": 100 * MIB}})
    assert ended.told["limit"] == "disk"
    assert sum(each.stat().st_blocks * 512 for each in work.iterdir()) <= 250 * MIB


@pytest.mark.parametrize("tier", TIERS)
def test_the_time_of_the_processors_is_bound(tier: str, work: Path) -> None:
    script = "import os\nos.fork()\nos.fork()\nwhile True: pass"
    ended = confined(tier, work, script, walls={"bounds": {"cpu_seconds": 1}})
    assert ended.told["limit"] == "cpu"


@pytest.mark.parametrize("tier", TIERS)
def test_one_file_is_bound(tier: str, work: Path) -> None:
    script = "try: open('big', 'wb').write(bytes(2 << 20))\nexcept OSError as error: print(error.errno)"
    assert said(confined(tier, work, script, walls={"bounds": {"file_bytes": MIB}})) == "27"
    assert (work / "big").stat().st_size <= MIB


def test_processes_noted_by_the_script_are_gone(work: Path) -> None:
    script = "import os\nif os.fork() == 0:\n os.setsid()\n if os.fork(): os._exit(0)\n"
    script += " open('pids', 'a').write(f'{os.getpid()}\\n')\n import time; time.sleep(300)\n"
    script += "while not os.path.exists('pids'): pass"
    confined("basic", work, script, grace=0.2)
    assert not any(is_alive(pid) for pid in pids_in(work / "pids", 1))
