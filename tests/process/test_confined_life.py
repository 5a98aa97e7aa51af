"""Life inside the walls: what ordinary scripts do every day works there, in both tiers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.support.faults import start

pytestmark = [pytest.mark.sweep, pytest.mark.skipif(sys.platform != "linux", reason="walls are Linux's")]

PROBES = {
    "tempfile": """
        import tempfile
        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"x" * 100_000)
            file.flush()
        with tempfile.SpooledTemporaryFile(max_size=10) as file:
            file.write(b"y" * 100)
        """,
    "subprocess": """
        import subprocess, sys
        told = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True, check=True)
        assert told.stdout == "42\\n", told
        """,
    "threads": """
        import queue, threading
        results = queue.Queue()
        threads = [threading.Thread(target=lambda n=n: results.put(n * n)) for n in range(8)]
        [each.start() for each in threads]
        [each.join() for each in threads]
        assert sorted(results.get() for _ in threads) == [n * n for n in range(8)]
        """,
    "multiprocessing": """
        import multiprocessing
        def square(n):
            return n * n
        if __name__ == "__main__":
            for method in ("fork", "spawn"):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
        """,
    "manager": """
        import multiprocessing
        def work(shared, queue):
            shared["x"] = queue.get()
        if __name__ == "__main__":
            with multiprocessing.Manager() as manager:
                shared, queue = manager.dict(), manager.Queue()
                child = multiprocessing.Process(target=work, args=(shared, queue))
                child.start()
                queue.put(42)
                child.join()
                assert dict(shared) == {"x": 42}
        """,
    "asyncio": """
        import asyncio, sys
        async def main():
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "print('child')", stdout=asyncio.subprocess.PIPE)
            out, _ = await child.communicate()
            assert out == b"child\\n", out
            assert await asyncio.gather(*(asyncio.to_thread(pow, 2, n) for n in range(4))) == [1, 2, 4, 8]
        asyncio.run(main())
        """,
    "sqlite": """
        import sqlite3
        with sqlite3.connect("data.db") as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE IF NOT EXISTS t (x)")
            db.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(100)])
            assert db.execute("SELECT sum(x) FROM t").fetchone() == (4950,)
        db.close()
        """,
    "ssl": """
        import ssl
        context = ssl.create_default_context()
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert ssl.RAND_bytes(16)
        a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(a, b, server_hostname="example.org")
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        assert b.pending > 100
        """,
    "time zones": """
        import datetime, time, zoneinfo
        summer = datetime.datetime(2026, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Zurich"))
        assert summer.utcoffset() == datetime.timedelta(hours=2)
        assert time.localtime(0)
        """,
    "locale": """
        import locale
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        print("grüß", locale.getpreferredencoding(False))
        """,
    "copies": """
        import os, shutil
        with open("one", "w") as file:
            file.write("1")
        shutil.copy("one", "two")
        shutil.copytree(".", "deep/copy", ignore=shutil.ignore_patterns("deep"))
        shutil.move("deep/copy/two", "three")
        assert open("three").read() == "1"
        shutil.rmtree("deep")
        """,
    "numpy": """
        # /// script
        # dependencies = ["numpy"]
        # ///
        import numpy
        assert int((numpy.arange(10_000).reshape(100, 100) @ numpy.eye(100)).sum()) == 49_995_000
        """,
    "pytest": """
        # /// script
        # dependencies = ["pytest"]
        # ///
        import pytest
        with open("test_it.py", "w") as file:
            file.write("def test_it(tmp_path):\\n    (tmp_path / 'x').write_text('y')\\n")
        raise SystemExit(pytest.main(["-q", "test_it.py"]))
        """,
}


BOTH = [(probe, tier) for probe in PROBES for tier in ("strict", "basic") if (probe, tier) != ("manager", "basic")]
"""A manager listens at a Unix socket, and the tier `basic` can't tell one from another."""


@pytest.mark.uv
@pytest.mark.parametrize(("probe", "tier"), BOTH)
def test_an_ordinary_script_works(home: Home, probe: str, tier: str) -> None:
    import textwrap

    work = home.project / "work"
    work.mkdir()
    script: Path = home.script("probe", textwrap.dedent(PROBES[probe]).lstrip())
    allowed = ["--allow-write=.", "--allow-run"] if probe in ("subprocess", "asyncio") else ["--allow-write=."]
    words = ["run", f"--sandbox={tier}", *allowed, str(script)]
    ended = start(words, {**home.environ, "LANG": "C.UTF-8"}, work)
    assert ended.code == 0, ended
