"""Examine an environment that was made from this interpreter, and compile its modules to bytecode.

Runs in the interpreter that the environment was made from, with `-I -S`: no code of the installed packages (`.pth`
files, `sitecustomize`, another standard library by a `pyvenv.cfg` of theirs) is executed. Takes the folder of the
environment; prints one JSON object: `version`, `packages` (name, version), `files`, `bytes` and `problems`. Stdlib
only, Python 3.8 and later.
"""

import csv
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PROBLEMS = 20


def site_packages(folder: str) -> "list[str]":
    """The folders into which packages are installed."""
    if os.name == "nt":
        return [os.path.join(folder, "Lib", "site-packages")]
    name = "python%d.%d" % sys.version_info[:2]
    name = "pypy%d.%d" % sys.version_info[:2] if sys.implementation.name == "pypy" else name
    name += "t" if "t" in getattr(sys, "abiflags", "") else ""
    return [os.path.join(folder, "lib", name, "site-packages")]


def examine_record(site: str, info: str, problems: "list[str]") -> "Iterator[tuple[str, int]]":
    """Check the files of one distribution against its RECORD (PEP 376); yields the path and size of each."""
    record = os.path.join(site, info, "RECORD")
    try:
        with open(record, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append("%s: %s" % (record, error))
        return
    if not rows:
        problems.append("%s: it is empty" % record)
    for row in rows:
        if len(row) != 3:
            problems.append("%s: a line with %d fields" % (record, len(row)))
            continue
        path = os.path.join(site, row[0])
        if os.path.basename(path) == "pyvenv.cfg" and not os.path.normpath(path).startswith(site + os.sep):
            problems.append("%s: it would replace what the environment is made of" % path)
            continue
        try:
            size = os.stat(path).st_size
        except OSError as error:
            if not row[0].endswith(".pyc"):
                problems.append("%s: %s" % (path, error.strerror))
            continue
        if row[2].isdigit() and int(row[2]) != size and row[0] != info + "/RECORD":
            problems.append("%s: %d bytes where %s were installed" % (path, size, row[2]))
        yield path, size


def is_test(path: str) -> bool:
    """Whether a module belongs to a package's own tests: they are most of some packages, and hardly ever imported."""
    parts = path.split(os.sep)
    return "tests" in parts or "test" in parts


def compile_all(paths: "list[str]") -> None:
    """Compile the modules, on as many processors as there are. What can't be compiled is left as it is."""
    workers = min(processors(), 8, len(paths) // 16 + 1)
    children = []
    for worker in range(1, workers):
        child = os.fork()
        if not child:
            try:
                compile_some(paths[worker::workers])
            finally:
                os._exit(0)
        children.append(child)
    compile_some(paths[::workers])
    for child in children:
        os.waitpid(child, 0)


def compile_some(paths: "list[str]") -> None:
    """Compile these modules one after the other."""
    import py_compile

    mode = py_compile.PycInvalidationMode.TIMESTAMP
    for path in paths:
        try:
            py_compile.compile(path, doraise=True, invalidation_mode=mode)
        except Exception:  # noqa: BLE001  templates and modules for other Pythons are common
            continue


def processors() -> int:
    """How many processors this process may use."""
    if not hasattr(os, "fork"):
        return 1
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def main(folder: str) -> None:
    """Examine `folder`, compile, and print what was found."""
    problems: "list[str]" = []
    packages: "list[tuple[str, str]]" = []
    modules: "list[str]" = []
    count = total = 0
    if not os.path.isfile(os.path.join(folder, "pyvenv.cfg")):
        problems.append("%s: it is missing" % os.path.join(folder, "pyvenv.cfg"))
    for site in site_packages(folder):
        try:
            names = sorted(os.listdir(site))
        except OSError as error:
            problems.append("%s: %s" % (site, error.strerror))
            continue
        for info in names:
            if not info.endswith(".dist-info"):
                continue
            name, _, version = info[: -len(".dist-info")].rpartition("-")
            packages.append((name.replace("_", "-").lower(), version))
            for path, size in examine_record(site, info, problems):
                count += 1
                total += size
                if path.endswith(".py") and not is_test(path[len(site) :]):
                    modules.append(path)
    if not problems:
        compile_all(modules)
    found = {
        "version": "%d.%d.%d" % sys.version_info[:3],
        "packages": packages,
        "files": count,
        "bytes": total,
        "problems": problems[:MOST_PROBLEMS],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
