"""Resources: what is listed, what can be read page by page, and what no URI reaches."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError

from pyst.agents.host import Host, Offered, Offering
from pyst.agents.listing import Shelf, make_listing
from pyst.agents.resources import PAGE_RESOURCES, Resources
from pyst.scripts.script import Interface, Script
from tests.support.recorded import a_record, put_record

RUN = "20260301T100000Z-00000000"


class Place:
    """A state, a script folder, and the resources that are made of them."""

    def __init__(self, path: Path) -> None:
        self.state, self.scripts, self.out = path / "state", path / "scripts", path / "out"
        self.scripts.mkdir()
        self.out.mkdir()
        self.offered: list[Offered] = []

    def script(self, name: str, text: str = "print()\n", origin: str = "project") -> Path:
        path = self.scripts / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.offer(name, path, origin)
        return path

    def offer(self, name: str, path: Path, origin: str = "project") -> None:
        self.offered.append(
            Offered(Script(name, str(path), origin, str(self.scripts)), Interface("main", summary="Do it."))
        )

    def record(self, files: dict[str, bytes], **changes: Any) -> None:
        rows = []
        for name, data in files.items():
            path = self.out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            form = path.suffix.lstrip(".") or "bin"
            row = {"path": name, "role": "output", "format": form, "bytes": len(data), "declared": False, "notes": {}}
            rows.append({**row, "sha256": sha256(data).hexdigest()})
        log = self.out / "log.txt"
        log.write_bytes(b"said\n")
        told = {"path": str(log), "bytes": 5, "seen_bytes": 5, "cap_bytes": 100, "truncated": False}
        found: dict[str, Any] = {"outputs": rows, "output_dir": str(self.out), "log": told} | changes
        put_record(self.state, a_record(**found))

    @property
    def host(self) -> Host:
        def look() -> Offering:
            return Offering("default", tuple(self.offered), lambda: False)

        return Host("0", "/p", "/p", str(self.state), {}, (), (), "strict", False, 1.0, (), look)

    def read(self, uri: str) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            return await Resources(self.host, Shelf(self.host)).read(uri)

        (found,) = anyio.run(ask)["contents"]
        body: dict[str, Any] = found
        return body

    def data(self, uri: str) -> Any:
        return json.loads(self.read(uri)["text"])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_sources_are_read(place: Place) -> None:
    place.script("group/näme", "print('ü')\n")
    found = place.read("pyst://script/project/group/n%C3%A4me")
    assert found["text"] == "print('ü')\n"
    assert found["mimeType"] == "text/x-python"
    assert place.data("pyst://scripts")["scripts"][0]["uri"] == "pyst://script/project/group/n%C3%A4me"


def test_sources_of_other_scripts_are_not(place: Place, tmp_path: Path) -> None:
    place.script("here")
    (place.scripts / "hidden.py").write_text("secret")
    for uri in ("pyst://script/project/hidden", "pyst://script/global/here", "pyst://script/project/..%2Fx"):
        with pytest.raises(MCPError):
            place.read(uri)


def test_a_link_out_of_a_project_is_not_followed(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("secret")
    (place.scripts / "theirs.py").symlink_to(tmp_path / "mine.py")
    place.offer("theirs", place.scripts / "theirs.py")
    with pytest.raises(MCPError, match="link"):
        place.read("pyst://script/project/theirs")
    place.offer("own", place.scripts / "theirs.py", "global")
    assert place.read("pyst://script/global/own")["text"] == "secret"


def test_outputs_come_page_by_page(place: Place) -> None:
    text = "äöü" * 50_000
    place.record({"data/über.txt": text.encode()})
    uri: str | None = f"pyst://run/{RUN}/output/data/%C3%BCber.txt?limit=65537"  # which cuts a letter in two
    read = ""
    while uri:
        found = place.read(uri)
        page = found["_meta"]["pyst/page"]
        assert page["total_bytes"] == len(text.encode())
        assert page["offset"] == len(read.encode())
        read += found["text"]
        uri = page["next"]
    assert read == text


def test_what_is_no_text_is_base64(place: Place) -> None:
    data = bytes(range(256)) * 10
    place.record({"image.png": data})
    found = place.read(f"pyst://run/{RUN}/output/image.png")
    assert base64.b64decode(found["blob"]) == data
    assert found["mimeType"] == "image/png"
    assert "text" not in found


def test_manifest_log_and_runs(place: Place) -> None:
    place.record({"a.json": b"{}"})
    assert place.data(f"pyst://run/{RUN}/manifest")["run_id"] == RUN
    assert place.read(f"pyst://run/{RUN}/log")["text"] == "said\n"
    assert [row["run_id"] for row in place.data("pyst://runs")["runs"]] == [RUN]
    with pytest.raises(MCPError, match="log"):
        place.read(f"pyst://run/{RUN}/stdout")


def test_runs_come_page_by_page(place: Place) -> None:
    for number in range(5):
        put_record(place.state, a_record(number))
    uri, found = "pyst://runs?limit=2", []
    while uri:
        body = place.data(uri)
        found += [row["run_id"][-1] for row in body["runs"]]
        uri = body["next"]
    assert found == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    "changes",
    [
        {"log": {"path": "/etc/passwd", "bytes": 5, "seen_bytes": 5, "cap_bytes": 5, "truncated": False}},
        {"stdout": {"bytes": 5, "sha256": "0" * 64, "path": "/etc/passwd"}},
    ],
)
def test_records_that_name_other_files_are_not_believed(place: Place, changes: dict[str, Any]) -> None:
    place.record({}, **changes)
    with pytest.raises(MCPError, match="folder"):
        place.read(f"pyst://run/{RUN}/{next(iter(changes))}")


def test_an_output_outside_of_its_folder_is_not_given(place: Place, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    row = {"path": "../secret", "role": "output", "format": "txt", "bytes": 1, "declared": False, "notes": {}}
    place.record({}, outputs=[{**row, "sha256": sha256(b"x").hexdigest()}])
    with pytest.raises(MCPError):
        place.read(f"pyst://run/{RUN}/output/../secret")
    with pytest.raises(MCPError):
        place.read(f"pyst://run/{RUN}/output/%2e%2e/secret")


def test_an_output_that_became_a_link_or_another_file_is_not_given(place: Place, tmp_path: Path) -> None:
    place.record({"a.txt": b"mine", "b.txt": b"mine"})
    (tmp_path / "secret").write_bytes(b"mine")
    (place.out / "a.txt").unlink()
    (place.out / "a.txt").symlink_to(tmp_path / "secret")
    (place.out / "b.txt").write_bytes(b"evil")
    for name in ("a.txt", "b.txt"):
        with pytest.raises(MCPError, match="can't be given"):
            place.read(f"pyst://run/{RUN}/output/{name}")


@pytest.mark.parametrize("run", ["last", "2026", "../x", "20260301T100000Z-00000001", "x" * 100])
def test_runs_are_named_whole(place: Place, run: str) -> None:
    place.record({})
    with pytest.raises(MCPError):
        place.read(f"pyst://run/{run}/manifest")


def test_the_list_has_pages(place: Place) -> None:
    for number in range(2 * PAGE_RESOURCES + 10):
        place.offer(f"s{number}", place.scripts / "x.py")
    resources, listing = Resources(place.host, Shelf(place.host)), make_listing(place.host.look(), ())
    uris, cursor = [], None
    while True:
        page = resources.page(listing, cursor)
        uris += [each["uri"] for each in page["resources"]]
        cursor = page.get("nextCursor")
        if cursor is None:
            break
    assert len(uris) == len(set(uris)) == 2 * PAGE_RESOURCES + 12
    with pytest.raises(MCPError):
        resources.page(listing, "x")


def test_templates_name_what_can_be_read(place: Place) -> None:
    rows = Resources(place.host, Shelf(place.host)).templates()["resourceTemplates"]
    assert "pyst://run/{id}/output/{+path}{?offset,limit}" in {row["uriTemplate"] for row in rows}
