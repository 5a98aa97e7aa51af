"""Every example, run as a person runs it: by name, from the checkout, in its own environment."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
DATA = "examples/data/"
EXAMPLES = sorted(
    str(path.relative_to(ROOT / "examples").with_suffix(""))
    for path in (ROOT / "examples").rglob("*")
    if path.is_file() and path.parent.name != "data" and path.suffix in ("", ".py") and path.name[0] != "_"
)

pytestmark = pytest.mark.uv


class Said(NamedTuple):
    """The exit code and the two streams of a process."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory, uv_cache: Path) -> dict[str, str]:
    """The variables of a new user, kept for all tests here so that each environment is built once."""
    passed = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
    prefixes = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "HTTP", "http", "NO_PROXY", "no_proxy", "PYENV_")
    kept = {name: value for name, value in os.environ.items() if name in passed or name.startswith(prefixes)}
    home = str(tmp_path_factory.mktemp("home"))
    return kept | {"HOME": home, "UV_CACHE_DIR": str(uv_cache), "UV_PYTHON_DOWNLOADS": "never", "PYTHONUTF8": "1"}


@pytest.fixture
def run(environ: dict[str, str]) -> Run:
    """`run("word-count", …)` is `pyst run word-count …` in the checkout."""

    def call(*words: str, stdin: str | None = None, command: str = "run") -> Said:
        argv = [sys.executable, "-m", "pyst", command, *words]
        done = subprocess.run(
            argv, cwd=ROOT, env=environ, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=300
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


def test_list_shows_every_example_with_its_summary(run: Run) -> None:
    said = run("--format", "json", command="list")
    assert said.code == 0, said.err
    scripts = {each["name"]: each for each in json.loads(said.out)["detail"]["scripts"]}
    assert sorted(scripts) == EXAMPLES
    assert all(each["summary"] for each in scripts.values())


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_explains_itself(run: Run, name: str) -> None:
    said = run(name, "--help")
    assert said.code == 0, said.err
    assert "--help" in said.out + said.err
    assert len(said.out) > 200 or name == "markdown-toc"  # Fire's help for a group goes through a pager


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_clean_under_check(run: Run, name: str) -> None:
    said = run(name, "--format", "json", command="check")
    assert (said.code, json.loads(said.out)["diagnostics"]) == (0, [])


def test_word_count(run: Run) -> None:
    assert run("word-count", DATA + "poem.txt", "--top", "2").out == (
        "25 words, 16 different\n      6  the\n      3  on\n"
    )
    said = run("word-count", "-", "--json", stdin="so it goes, so it goes")
    assert json.loads(said.out) == {"words": 6, "different": 3, "top": {"so": 2, "it": 2, "goes": 2}}
    said = run("word-count", "absent.txt")
    assert (said.code, said.err) == (1, "error: `absent.txt` can't be read: No such file or directory\n")


def test_http_status(run: Run) -> None:
    assert run("http-status", "404", "gone").out == "404  Not Found\n410  Gone\n"
    assert run("http-status", "1xx").out.startswith("100  Continue\n101  Switching Protocols\n")
    assert run("http-status", "404", "999") == (1, "404  Not Found\n", "error: there is no status code `999`\n")


def test_duplicates(run: Run, tmp_path: Path) -> None:
    for name, text in {"a": "same", "b": "same", "c": "else", "d/e": "same", "f": "longer"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to("a")
    said = run("duplicates", str(tmp_path))
    assert said.code == 1
    assert said.out.splitlines() == [
        "4 bytes, 3 times:",
        *(f"  {tmp_path}/{name}" for name in ("a", "b", "d/e")),
        "1 groups of equal files; 8 bytes could be saved",
    ]
    assert run("duplicates", str(tmp_path / "d")).code == 0


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_ports(run: Run, listening: int) -> None:
    said = run("ports", "127.0.0.1", str(listening))
    assert said == (0, f"{listening}  open\n1 of 1 ports open on 127.0.0.1\n", "")
    assert run("ports", "127.0.0.1", "70000") == (2, "", "error: a port is a number from 1 to 65535\n")


def test_csv_to_json(run: Run) -> None:
    first = {"name": "Ada", "city": "London", "born": 1815, "member": True}
    assert json.loads(run("csv-to-json", DATA + "people.csv").out)[0] == first
    said = run("csv-to-json", "-d;", "--lines", "-", stdin="code;x\n007;1.5\n")
    assert said.out == '{"code": "007", "x": 1.5}\n'
    assert run("csv-to-json", "absent.csv").code == 1


def test_json_diff(run: Run) -> None:
    said = run("json-diff", DATA + "before.json", DATA + "after.json")
    assert said.code == 1
    assert said.out.splitlines() == [
        '~ $.version: "1.4.0" → "1.5.0"',
        "+ $.ports[2]: 8443",
        '~ $.limits.memory: "512M" → "1G"',
        "- $.debug: true",
    ]
    assert run("json-diff", DATA + "after.json", DATA + "after.json") == (0, "", "")
    assert run("json-diff", DATA + "after.json", DATA + "poem.txt").code == 2


def photo(taken: str) -> bytes:
    """The beginning of a JPEG with this EXIF date."""
    text = taken.encode() + b"\0"
    tiff = struct.pack("<2sHLHHHLLL", b"II", 42, 8, 1, 0x8769, 4, 1, 26, 0)
    tiff += struct.pack("<HHHLLL", 1, 0x9003, 2, len(text), 44, 0) + text
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + b"\xff\xd9"


def test_rename_photos(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "IMG_1.JPG").write_bytes(photo("2024:07:14 18:03:22"))
    (folder / "IMG_2.jpg").write_bytes(photo("2024:07:14 18:03:22"))
    (folder / "IMG_3.png").write_bytes(b"no date")
    os.utime(folder / "IMG_3.png", (0, 0))
    (folder / "notes.txt").write_text("not a photo")
    before = sorted(path.name for path in folder.iterdir())
    said = run("rename-photos", str(folder))
    assert said.code == 0, said.err
    assert "nothing was changed" in said.out
    assert sorted(path.name for path in folder.iterdir()) == before
    said = run("rename-photos", str(folder), "--apply")
    assert said.out.splitlines()[:2] == [
        "IMG_1.JPG → 2024-07-14 18.03.22.jpg",
        "IMG_2.jpg → 2024-07-14 18.03.22 (2).jpg",
    ]
    names = sorted(path.name for path in folder.iterdir())
    assert names[0].startswith(("1969-12-31", "1970-01-01"))
    assert names[1:] == ["2024-07-14 18.03.22 (2).jpg", "2024-07-14 18.03.22.jpg", "notes.txt"]


def test_todo_scan(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1  # TODO: name it\n# nothing\n")
    (tmp_path / "b.c").write_text("// FIXME leak\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "c.js").write_text("// TODO not ours\n")
    said = run("todo-scan", str(tmp_path))
    assert said == (1, f"{tmp_path}/a.py:1: TODO name it\n{tmp_path}/b.c:1: FIXME leak\n2 left to do\n", "")
    assert run("todo-scan", str(tmp_path), "--tags", "NOTE").code == 0


def test_serve_folder(environ: dict[str, str]) -> None:
    argv = [sys.executable, "-m", "pyst", "run", "serve-folder", DATA, "--port", "0", "--requests", "1"]
    with subprocess.Popen(argv, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            address = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline().decode())
            assert address is not None
            with urlopen(address[0] + "poem.txt", timeout=30) as answer:
                assert answer.read() == (ROOT / DATA / "poem.txt").read_bytes()
            assert server.wait(30) == 0
        finally:
            server.kill()


def test_db_sqlite(run: Run) -> None:
    assert run("db/sqlite", "tables", DATA + "shop.sql").out == "       3  product\n       4  sale\n"
    query = "select name, sum(pieces) as pieces from product join sale on product = id where price > ? group by 1"
    said = run("db/sqlite", "query", DATA + "shop.sql", query, "-p", "5", "--format", "csv")
    assert said.out == "name,pieces\ncup,18\nteapot,2\n"
    said = run("db/sqlite", "query", DATA + "shop.sql", "select shoes from sale")
    assert (said.code, said.out) == (1, "")
    assert "no such column" in said.err


def test_env_diff(run: Run) -> None:
    said = run("env-diff", DATA + "staging.env", DATA + "production.env")
    assert said == (1, "~ DATABASE_URL\n- DEBUG\n+ WORKERS\n", "")
    said = run("env-diff", DATA + "staging.env", DATA + "staging.env")
    assert said == (0, "", "")


def test_markdown_toc(run: Run) -> None:
    said = run("markdown-toc", "toc", DATA + "notes.md")
    assert said.out == "- [What it is for](#what-it-is-for)\n  - [How much](#how-much)\n- [Care](#care)\n"
    said = run("markdown-toc", "check", DATA + "notes.md")
    assert said == (1, f"{DATA}notes.md: there is no heading `#the-lid`\n", "")


def test_table_runs_with_what_its_lock_says(run: Run) -> None:
    said = run("table", DATA + "people.csv", "--columns", "name", "--columns", "born", "--sort", "born")
    assert said.code == 0, said.err
    assert [line.split() for line in said.out.splitlines() if line.strip()][-4:] == [
        ["Ada", "1815"],
        ["Grace", "1906"],
        ["Alan", "1912"],
        ["Katherine", "1918"],
    ]
    assert run("table", DATA + "people.csv", "--sort", "shoe").err == (
        "error: there is no column `shoe`; there are name, city, born, member\n"
    )


@pytest.fixture
def ask(run: Run, tmp_path: Path) -> Callable[..., Path]:
    """`ask("incident/gaps", dump=…)` is a file-first run with that input; the folder of its outputs."""

    def call(name: str, **given: object) -> Path:
        (tmp_path / "in.json").write_text(json.dumps(given))
        said = run("--input-path", str(tmp_path / "in.json"), "--output-dir", str(tmp_path / "out"), name)
        assert said.code == 0, said.out + said.err
        return tmp_path / "out"

    return call


def test_the_incident(ask: Callable[..., Path]) -> None:
    """What the data lack is what the code never takes, and nothing with the remedy."""
    dump = "examples/incident/data/orders.sql"
    ask("incident/gaps", dump=dump)
    ask("incident/repro", dump=dump, remedy=False)
    folder = ask("incident/billing-log", log="examples/incident/data/shop.log", warnings=True)
    (missing,), (lost,) = (list(folder.glob(f"{name}.*.orders.json")) for name in ("gaps", "repro"))
    assert json.loads(missing.read_text()) == list(range(4121, 4129))
    assert lost.read_text() == missing.read_text()
    (hours,) = folder.glob("gaps.*.hours.csv")
    assert "2026-03-29T01+01:00,8,0,8\n" in hours.read_text()
    (runs,) = folder.glob("billing-log.*.runs.csv")
    assert "2026-03-29T03:00:06+02:00,02:00,03:00,0\n" in runs.read_text()
    (log,) = folder.glob("billing-log.*.log.txt")
    assert log.read_text().endswith("warnings: database 1, mail 2\n")
    lost.unlink()
    ask("incident/repro", dump=dump, remedy=True)
    (lost,) = folder.glob("repro.*.orders.json")
    assert json.loads(lost.read_text()) == []


@pytest.mark.parametrize("case", ["march", "refunds", "quiet"])
def test_both_ledgers_say_the_same(ask: Callable[..., Path], case: str) -> None:
    data = "examples/migration/data"
    found = []
    for name in ("migration/ledger-json", "migration/ledger-sqlite"):
        folder = ask(name, opening=f"{data}/opening.json", bookings=f"{data}/{case}.csv")
        rows = sorted((folder / "balances.csv").read_text(encoding="utf-8").splitlines())
        totals = json.loads((folder / "report.json").read_text())["totals"]
        found.append((rows, {**totals, "mean": round(totals["mean"], 2)}))
    assert found[0] == found[1]
    assert len(found[0][0]) == found[0][1]["accounts"] + 1


FILE_FIRST = [name for name in EXAMPLES if name.startswith(("incident/", "migration/"))]


@pytest.mark.parametrize("name", FILE_FIRST)
def test_file_first_scripts_say_what_they_lack(run: Run, tmp_path: Path, name: str) -> None:
    assert run(name) == (2, "", "error: run it with `--input-path`\n")
    (tmp_path / "in.json").write_text('{"dump": "absent", "log": "absent", "opening": "absent"}')
    said = run("--input-path", str(tmp_path / "in.json"), "--output-dir", str(tmp_path / "out"), name)
    assert said.code == 2
    assert "No such file or directory" in said.out + said.err
