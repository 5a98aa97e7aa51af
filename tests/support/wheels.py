"""A package index of our own, in a folder: tiny wheels and sdists, written by hand, behind a simple index (PEP 503)."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path


class Index:
    """Packages in `folder`; `.url` is for `UV_DEFAULT_INDEX`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.files.mkdir(parents=True)
        (folder / "simple").mkdir()
        self._names: dict[str, list[str]] = {}

    @property
    def url(self) -> str:
        return (self.folder / "simple").as_uri()

    def wheel(
        self,
        name: str,
        version: str = "1.0",
        *,
        requires: tuple[str, ...] = (),
        files: dict[str, str] | None = None,
        python: str = "",
        scripts: dict[str, str] | None = None,
    ) -> Path:
        """Add a wheel. Its module holds `VERSION`, unless `files` says otherwise. `scripts` are its entry points."""
        module = name.replace("-", "_")
        info = f"{module}-{version}.dist-info"
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
        lines += [f"Requires-Python: {python}\n"] if python else []
        lines += [f"Requires-Dist: {each}\n" for each in requires]
        content = {f"{module}.py": f"VERSION = {version!r}\n"} if files is None else dict(files)
        content[f"{info}/METADATA"] = "".join(lines)
        content[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        if scripts:
            points = "".join(f"{key} = {value}\n" for key, value in scripts.items())
            content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{points}"
        record = "".join(f"{path},{_hash(text)},{len(text.encode())}\n" for path, text in content.items())
        content[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
        path = self.files / f"{module}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for each, text in content.items():
                archive.writestr(zipfile.ZipInfo(each, (2020, 1, 1, 0, 0, 0)), text)
        self._publish(name, path)
        return path

    def sdist(self, name: str, version: str = "1.0", *, mark: Path | None = None) -> Path:
        """Add an sdist with a build backend of its own, which writes the file `mark` when it is run."""
        module = name.replace("-", "_")
        top = f"{module}-{version}"
        backend = BACKEND.format(name=name, module=module, version=version, mark=str(mark) if mark else "")
        content = {
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
            "backend.py": backend,
            f"{module}.py": f"VERSION = {version!r}\n",
        }
        path = self.files / f"{top}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for each, text in content.items():
                entry = tarfile.TarInfo(f"{top}/{each}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        self._publish(name, path)
        return path

    def _publish(self, name: str, path: Path) -> None:
        listed = self._names.setdefault(name, [])
        if path.name not in listed:
            listed.append(path.name)
        folder = self.folder / "simple" / name
        folder.mkdir(exist_ok=True)
        links = "".join(
            f'<a href="{(self.files / each).as_uri()}#sha256={_digest(self.files / each)}">{each}</a>\n'
            for each in listed
        )
        (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")


def source_tree(folder: Path, name: str, version: str = "1.0", *, mark: Path | None = None) -> Path:
    """A package's source folder with a build backend of its own, which writes the file `mark` when it is run."""
    module = name.replace("-", "_")
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "{name}"\nversion = "{version}"\n'
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    backend = BACKEND.format(name=name, module=module, version=version, mark=str(mark) if mark else "")
    (folder / "backend.py").write_text(backend)
    (folder / f"{module}.py").write_text(f"VERSION = {version!r}\n")
    return folder


def _hash(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


BACKEND = """\
import os, zipfile

MARK = {mark!r}


def build_wheel(folder, config_settings=None, metadata_directory=None):
    if MARK:
        open(MARK, "a").write("built\\n")
    name = "{module}-{version}-py3-none-any.whl"
    info = "{module}-{version}.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        text = open("{module}.py").read()
        meta = "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
        wheel = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        archive.writestr("{module}.py", text)
        archive.writestr(info + "/METADATA", meta)
        archive.writestr(info + "/WHEEL", wheel)
        paths = ["{module}.py", info + "/METADATA", info + "/WHEEL", info + "/RECORD"]
        archive.writestr(info + "/RECORD", "".join(each + ",,\\n" for each in paths))
    return name


build_editable = build_wheel
"""
