"""The hot path of runs that pyst stays for: replayed to the same end as by the full path, and while all stands."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.process.test_hot_path import BOOT, heat, start, write

landlock = pytest.importorskip("pyst.confinement.linux.landlock", reason="the walls are those of Linux")
if landlock.abi() == 0:
    pytest.skip("this kernel has no Landlock", allow_module_level=True)

READS = """import sys
for path in sys.argv[1:]:
    try:
        print(open(path).read().strip())
    except OSError:
        print("out of reach")
"""


def test_a_time_limit_is_kept_and_told_in_the_same_words(home: Home) -> None:
    home.script("waits", "import sys, time\nprint('here', flush=True)\ntime.sleep(60 * len(sys.argv[1:]))\n")
    assert heat(home, "run", "--timeout", "2", "waits")[:3] == (0, "here\n", "")
    hot = start(home, "run", "--timeout", "2", "waits", "long")
    cold = start(home, "run", "--no-cache", "--timeout", "2", "waits", "long")
    assert hot[:3] == cold[:3]
    assert (hot[0], hot[1]) == (124, "here\n")
    assert "was ended after 2 s" in hot[2]


def test_the_end_of_the_script_is_the_end_of_pyst(home: Home) -> None:
    home.script(
        "ends", "import os, sys\nwhat = int(sys.argv[1])\nos.kill(os.getpid(), -what) if what < 0 else sys.exit(what)\n"
    )
    heat(home, "run", "--timeout", "60", "ends", "0")
    for code in (1, 7, 255, -signal.SIGTERM, -signal.SIGKILL):
        assert start(home, "run", "--timeout", "60", "ends", str(code))[::3] == (code, True)


def test_a_bound_is_kept_and_told_in_the_same_words(home: Home) -> None:
    words = ("run", "--sandbox=best-effort", "--max-cpu=1", "grows")
    home.script("grows", "import sys\nwhile sys.argv[1:]:\n    pass\n")
    assert heat(home, *words)[0] == 0
    hot, cold = start(home, *words, "on"), start(home, "run", "--no-cache", *words[1:], "on")
    assert hot[:3] == cold[:3]


def test_a_grant_that_a_link_leads_to_is_followed_anew(home: Home, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name / "file", name)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "one")
    home.script("reads", READS)
    words = (
        "run",
        "--sandbox=best-effort",
        f"--allow-read={link}",
        "reads",
        str(tmp_path / "one/file"),
        str(tmp_path / "two/file"),
    )
    assert heat(home, *words)[1] == "one\nout of reach\n"
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert start(home, *words)[1::2] == ("out of reach\ntwo\n", False)
    assert heat(home, *words)[1] == "out of reach\ntwo\n"
    link.unlink()
    code, out, err, hot = start(home, *words)
    assert (code, out, hot) == (0, "out of reach\nout of reach\n", False)
    assert "does not exist" in err


ASKS = "# /// script\n# [tool.pyst.permissions]\n# read = ['{granted}']\n# ///\n" + READS


@pytest.fixture
def granted(home: Home, tmp_path: Path) -> tuple[Path, tuple[str, ...]]:
    """A file that a script declares to read and was granted, and the words that run it, hot."""
    file = tmp_path / "granted" / "file"
    write(file, "granted")
    home.script("asks", ASKS.replace("{granted}", str(file.parent)))
    words = ("run", "--sandbox=best-effort", "asks", str(file))
    assert start(home, *words)[0] == 101
    assert start(home, "grants", "allow", "asks", "--yes")[0] == 0
    assert heat(home, *words)[1] == "granted\n"
    return file, words


def test_grants_that_are_revoked_hold_no_more(home: Home, granted: tuple[Path, tuple[str, ...]]) -> None:
    _, words = granted
    assert start(home, "grants", "revoke", "--all", "--yes")[0] == 0
    assert start(home, *words)[0] == 101
    assert start(home, *words)[0] == 101


def test_a_grant_is_to_the_content(home: Home, granted: tuple[Path, tuple[str, ...]]) -> None:
    file, words = granted
    home.script("asks", ASKS.replace("{granted}", str(file.parent)) + "# changed\n")
    assert start(home, *words)[0] == 101


@pytest.mark.parametrize("place", [".config/pyst/pyst.toml", "project"])
def test_a_denial_in_the_settings_counts_at_once(home: Home, granted: tuple[Path, tuple[str, ...]], place: str) -> None:
    file, words = granted
    path = home.project / ".pyst.toml" if place == "project" else home.path / place
    write(path, f"[sandbox.deny]\nread = ['{file}']\n")
    _, out, _, hot = start(home, *words)
    assert "granted" not in out
    assert not hot


def test_what_was_said_once_is_not_remembered(home: Home, tmp_path: Path) -> None:
    write(tmp_path / "granted" / "file", "granted")
    home.script("asks", ASKS.replace("{granted}", str(tmp_path / "granted")))
    words = ("--sandbox=best-effort", "asks", str(tmp_path / "granted" / "file"))
    assert start(home, "run", "--yes", *words)[:2] == (0, "granted\n")
    assert start(home, "run", *words)[0] == 101


def test_a_variable_that_appears_is_seen_where_its_kind_was_granted(home: Home) -> None:
    home.script("shows", "import os\nprint(sorted(each for each in os.environ if each.startswith('CANARY')))\n")
    words = ("run", "--sandbox=best-effort", "--allow-env=CANARY_*", "shows")
    assert heat(home, *words, CANARY_ONE="1")[1] == "['CANARY_ONE']\n"
    assert start(home, *words, CANARY_ONE="1", CANARY_TWO="2")[1::2] == ("['CANARY_ONE', 'CANARY_TWO']\n", False)
    assert heat(home, *words, CANARY_ONE="3")[1] == "['CANARY_ONE']\n"


def test_a_program_that_comes_nearer_on_path_is_the_one_that_may_run(home: Home, tmp_path: Path) -> None:
    near, far = tmp_path / "near", tmp_path / "far"
    for folder in (near, far):
        folder.mkdir()
    write(far / "says", "#!/bin/sh\necho far\n")
    (far / "says").chmod(0o755)
    home.script(
        "starts", "import subprocess\nprint(subprocess.run(['says'], capture_output=True, text=True).stdout.strip())\n"
    )
    environ = {"PATH": f"{near}:{far}:{os.environ['PATH']}"}
    words = ("run", "--sandbox=best-effort", "--allow-run=says,sh", "--allow-env=PATH", "starts")
    assert heat(home, *words, **environ)[1] == "far\n"
    write(near / "says", "#!/bin/sh\necho near\n")
    (near / "says").chmod(0o755)
    assert start(home, *words, **environ)[1::2] == ("near\n", False)


def test_a_second_start_does_not_wait_for_the_end_of_the_first(home: Home) -> None:
    home.script("waits", "import sys\nprint('here', flush=True)\nsys.stdin.read()\n")
    command = [sys.executable, "-I", "-S", str(BOOT), "run", "--sandbox=best-effort", "waits"]
    with subprocess.Popen(
        command, cwd=home.project, env=home.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == b"here\n"
        second = subprocess.run(
            command, cwd=home.project, env=home.environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
        )
        assert second.stdout == b"here\n"
        first.communicate(timeout=60)


def test_nothing_is_imported_from_the_current_folder(home: Home) -> None:
    home.script("hello", "print('hello')\n")
    heat(home, "run", "--timeout", "9", "hello")
    for name in ("select", "signal", "typing", "struct", "time"):
        write(home.project / f"{name}.py", "raise SystemExit('a stranger')\n")
    done = subprocess.run(
        [sys.executable, "-m", "pyst", "run", "--timeout", "9", "hello"],
        cwd=home.project,
        env={**home.environ, "PYTHONPATH": str(BOOT.parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.returncode) == ("hello\n", 0), done.stderr


@pytest.mark.parametrize("tier", ["best-effort", "basic"])
def test_a_grant_is_for_the_content_where_stamps_do_not_tell_of_a_change(home: Home, tier: str) -> None:
    """What is written through memory that is mapped already changes no time of the file."""
    ask = "# /// script\n# [tool.pyst.permissions]\n# env = ['WANTED']\n# ///\n"
    path = home.script("asks", ask + "import os\nprint('asked', os.environ['WANTED'])\n")
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        memory[0:1] = memory[0:1]
        assert start(home, "grants", "allow", "asks", "--yes")[0] == 0
        words = ("run", f"--sandbox={tier}", "asks")
        assert heat(home, *words, WANTED="value")[1] == "asked value\n"
        before = path.stat()
        at = memory.find(b"'asked'")
        memory[at : at + 7] = b"'other'"
        if (path.stat().st_mtime_ns, path.stat().st_ctime_ns) != (before.st_mtime_ns, before.st_ctime_ns):
            pytest.skip("this file system tells it")
        code, out, err, _ = start(home, *words, WANTED="value")
    assert (code, out) == (101, "")
    assert "than it was granted" in err


@pytest.mark.parametrize("tier", ["best-effort", "basic"])
@pytest.mark.parametrize("denied", ["/etc/passwd", "/etc", "/usr/share"])
def test_what_every_run_may_read_can_be_denied(home: Home, tier: str, denied: str) -> None:
    path = "/etc/passwd" if denied == "/etc" else denied
    home.script(
        "reads", f"import os\nprint(os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}).read())\n"
    )
    assert start(home, "run", f"--sandbox={tier}", "reads")[0] == 0
    code, out, err, _ = start(home, "run", f"--sandbox={tier}", f"--deny-read={denied}", "reads")
    assert (code, out) == (1, "")
    assert "Permission" in err or "No such file" in err
