"""Installing with real uv: the lock that is made of a script from elsewhere, its cooldown, its environment."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pyst.environments.aging import versions_in
from pyst.sharing.manifest import read_manifest
from pyst.system.digest import sha256
from tests.support.installed import data_folder
from tests.support.loopback import Talk, serving
from tests.uv.conftest import Ran, World

pytestmark = pytest.mark.uv


def lock_of(world: World, name: str = "it") -> Path:
    return data_folder(world.home) / "installed" / f"{name}.py.lock"


def versions(world: World, name: str = "it") -> dict[str, list[str]]:
    return dict(versions_in(lock_of(world, name).read_bytes()))


def install(world: World, *words: str, **environ: str) -> Ran:
    return world.run("install", "--yes", "--as", "it", *words, **environ)


def detail(ran: Ran) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(ran.out)["detail"]
    return body


def test_a_lock_is_made_and_obeyed_and_the_environment_is_there(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.script("it.py", "alpha")
    assert install(world, "./it.py").code == 0
    assert versions(world) == {"alpha": ["1.0"]}
    entry = read_manifest(str(data_folder(world.home) / "manifest.json")).scripts["it"]
    assert (entry.lock_sha256, entry.requirements) == (sha256(lock_of(world).read_bytes()), ("alpha",))
    builds = world.builds()
    assert builds == 1
    world.index.wheel("alpha", "2.0")
    assert world.run("run", "installed:it", UV_NO_CACHE="1") == (0, "alpha 1.0\n", "")
    assert world.builds() == builds


def test_without_a_lock_each_environment_gets_the_newest(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    source = world.script("it.py", "alpha")
    Path(f"{source}.lock").write_text("version = 1\n")
    assert install(world, "--no-lock", "./it.py").code == 0
    assert not lock_of(world).exists()
    assert world.run("run", "installed:it").out == "alpha 1.0\n"
    source.write_text(source.read_text() + "print('more')\n")
    assert world.run("update", "--yes", "it").code == 0
    assert not lock_of(world).exists()


def test_the_versions_of_the_author_are_kept_but_not_his_files(world: World) -> None:
    """A lock that comes along says which versions; where they come from, and their hashes, is for the user's index."""
    world.index.wheel("alpha", "1.0")
    world.index.wheel("alpha", "2.0")
    source = world.script("it.py", "alpha")
    assert world.run("lock", "./it.py").code == 0
    lock = Path(f"{source}.lock")
    text = lock.read_text().replace('"2.0"', '"1.0"').replace("alpha-2.0", "evil-1.0")
    lock.write_text(re.sub("sha256:[0-9a-f]{4}", "sha256:0000", text))
    assert (
        "the lock that came along has other files than your index of alpha 1.0"
        in install(world, "--dry-run", "./it.py").out
    )
    assert detail(install(world, "./it.py", "--format", "json"))["other_files"] == ["alpha 1.0"]
    assert versions(world) == {"alpha": ["1.0"]}
    assert "evil" not in lock_of(world).read_text()
    assert world.run("run", "installed:it").out == "alpha 1.0\n"


HOSTILE = {
    "no TOML": "[[[",
    "another place": 'version = 1\n[[package]]\nname = "alpha"\nversion = "1.0"\nsource.url = "https://x.invalid"\n',
    "odd names": 'version = 1\n[[package]]\nname = "al\\npha"\nversion = "1.0\\"]"\n[[package]]\nname = 5\n',
    "unknown version": 'version = 1\n[[package]]\nname = "alpha"\nversion = "66"\n',
    "not a list": 'version = 1\npackage = "x"\n',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_lock_leads_nowhere(world: World, kind: str) -> None:
    world.index.wheel("alpha", "1.0")
    source = world.script("it.py", "alpha")
    Path(f"{source}.lock").write_text(HOSTILE[kind])
    assert install(world, "./it.py").code == 0
    assert versions(world) == {"alpha": ["1.0"]}
    assert "invalid" not in lock_of(world).read_text()


def test_an_update_keeps_versions_and_tells_which_come(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.index.wheel("beta", "1.0")
    source = world.script("it.py", "alpha")
    install(world, "./it.py")
    world.index.wheel("alpha", "2.0")
    source = world.script("it.py", "alpha", "beta>=1")
    ended = world.run("update", "--dry-run", "--all", "--format", "json", UV_NO_CACHE="1")
    changes = detail(ended)["scripts"][0]["changes"]
    assert changes["requirements"] == [{"name": "beta", "before": None, "after": "beta>=1"}]
    assert changes["packages"] == [{"name": "beta", "before": None, "after": "1.0"}]
    assert versions(world) == {"alpha": ["1.0"]}
    assert world.run("update", "--yes", "it", UV_NO_CACHE="1").code == 0
    assert versions(world) == {"alpha": ["1.0"], "beta": ["1.0"]}
    assert world.run("run", "installed:it").out == "alpha 1.0\nbeta 1.0\n"
    assert source.read_bytes() == (data_folder(world.home) / "installed" / "it.py").read_bytes()


def test_a_lock_that_was_changed_here_stops_runs_until_an_update(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.index.wheel("alpha", "2.0")
    world.script("it.py", "alpha")
    install(world, "./it.py")
    sound = lock_of(world).read_bytes()
    lock_of(world).write_bytes(sound.replace(b"2.0", b"1.0"))
    assert world.run("run", "installed:it").code == 101
    assert world.run("update", "--yes", "it").code == 0
    assert lock_of(world).read_bytes() == sound
    lock_of(world).unlink()
    assert world.run("run", "installed:it").code == 101
    assert world.run("update", "--yes", "it").code == 0
    assert world.run("run", "installed:it").out == "alpha 2.0\n"


def test_what_can_not_be_resolved_is_not_installed(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.script("it.py", "alpha>=9")
    ended = install(world, "./it.py", "--format", "json")
    assert ended.code == 1
    assert json.loads(ended.out)["diagnostics"][0]["code"] in ("E_CONFLICT", "E_NO_PACKAGE")
    assert not lock_of(world).parent.exists()


def test_nothing_is_built_for_a_script_that_nobody_trusts(world: World, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    world.index.sdist("alpha", "1.0", mark=mark)
    world.script("it.py", "alpha")
    ended = install(world, "./it.py", "--format", "json")
    told = json.loads(ended.out)["diagnostics"][0]
    assert (ended.code, told["code"]) == (101, "E_UNTRUSTED_BUILD")
    assert "--no-lock" in told["hint"]
    ended = install(world, "--no-lock", "./it.py", "--format", "json")
    assert (ended.code, json.loads(ended.out)["diagnostics"][0]["code"]) == (0, "W_NOT_BUILT")
    assert not mark.exists()


def test_a_direct_command_has_its_environment(world: World) -> None:
    world.index.wheel("alpha", "1.0")
    world.script("it.py", "alpha")
    assert install(world, "--direct", "./it.py").code == 0
    shim = data_folder(world.home) / "bin" / "it"
    done = subprocess.run([shim], env={"PATH": "/nowhere"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "alpha 1.0\n")


@pytest.fixture
def dated(world: World) -> Iterator[World]:
    """The world's index, on loopback, as one that tells since when a file is there: alpha 2.0 since yesterday."""
    old, new = world.index.wheel("alpha", "1.0"), world.index.wheel("alpha", "2.0")
    now = datetime.now(UTC)
    since = {old.name: now - timedelta(days=100), new.name: now - timedelta(days=1)}

    def answer(talk: Talk) -> None:
        if talk.path == "/simple/alpha/":
            files = [
                {
                    "filename": each.name,
                    "url": f"{server.url}/{each.name}",
                    "hashes": {"sha256": hashlib.sha256(each.read_bytes()).hexdigest()},
                    "upload-time": since[each.name].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                    "size": each.stat().st_size,
                }
                for each in (old, new)
            ]
            body = json.dumps({"meta": {"api-version": "1.1"}, "name": "alpha", "versions": [], "files": files})
            talk.answer(200, body.encode(), content_type="application/vnd.pypi.simple.v1+json")
        elif talk.path[1:] in since:
            talk.answer(200, (world.index.files / talk.path[1:]).read_bytes())
        else:
            talk.answer(404)

    with serving(answer) as server:
        world.environ["UV_DEFAULT_INDEX"] = f"{server.url}/simple"
        yield world


def test_what_is_too_young_is_not_taken(dated: World) -> None:
    dated.script("it.py", "alpha")
    assert install(dated, "./it.py", PYST_SHARE_COOLDOWN="7 days").code == 0
    assert versions(dated) == {"alpha": ["1.0"]}
    assert "exclude-newer" not in lock_of(dated).read_text()
    assert tomllib.loads(lock_of(dated).read_text())["package"][0]["version"] == "1.0"
    assert dated.run("run", "installed:it").out == "alpha 1.0\n"
    assert install(dated, "--force", "--as", "other", "./it.py").code == 0
    assert versions(dated, "other") == {"alpha": ["2.0"]}


def test_a_lock_of_the_author_is_no_way_around_the_cooldown(dated: World) -> None:
    source = dated.script("it.py", "alpha")
    assert dated.run("lock", "./it.py").code == 0
    assert versions_in(Path(f"{source}.lock").read_bytes()) == {"alpha": ["2.0"]}
    assert install(dated, "./it.py", PYST_SHARE_COOLDOWN="7 days").code == 0
    assert versions(dated) == {"alpha": ["1.0"]}


def test_a_cooldown_that_leaves_nothing_is_named(dated: World) -> None:
    dated.script("it.py", "alpha>=2")
    ended = install(dated, "./it.py", PYST_SHARE_COOLDOWN="7 days")
    assert ended.code == 1
    assert "share.cooldown" in ended.err


def test_the_users_own_bound_counts_beside_the_cooldown(dated: World) -> None:
    dated.script("it.py", "alpha")
    flags = "--exclude-newer 2100-01-01"
    assert install(dated, "./it.py", PYST_SHARE_COOLDOWN="7 days", PYST_UV_FLAGS=flags).code == 0
    assert versions(dated) == {"alpha": ["1.0"]}
    assert dated.run("run", "installed:it", PYST_UV_FLAGS=flags).out == "alpha 1.0\n"
