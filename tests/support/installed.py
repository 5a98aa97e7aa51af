"""Installed scripts for tests, as an installation leaves them: the file, its lock, the entry of the manifest."""

from __future__ import annotations

from pathlib import Path

from pyst.sharing.manifest import Installed, change_manifest
from pyst.system.digest import sha256
from tests.conftest import Home

AT = 1_700_000_000


def data_folder(home: Home) -> Path:
    """Where pyst keeps the user's data in this home."""
    return home.path / ".local" / "share" / "pyst"


def install(home: Home, name: str, text: str, *, lock: str | None = None) -> Path:
    """Put a script among the installed ones; its path."""
    data = data_folder(home)
    path = data / "installed" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if lock is not None:
        path.with_name(f"{name}.py.lock").write_text(lock)
    entry = Installed(
        name,
        str(path),
        f"gist:{'ab' * 16}",
        f"gist:{'ab' * 16}@{'cd' * 20}#{name}.py",
        "",
        "cd" * 20,
        sha256(text.encode()),
        len(text.encode()),
        AT,
        AT,
        None if lock is None else sha256(lock.encode()),
    )
    change_manifest(str(data / "manifest.json"), lambda manifest: manifest.with_script(entry))
    return path
