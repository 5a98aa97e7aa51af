"""What a failed call of uv means: its talk → a `Failure` with a stable code and the way on. Pure.

uv has no machine-readable errors; this reads the sentences of the 0.13 series, and what it doesn't know it passes on
as uv said it.
"""

from __future__ import annotations

from pyst.errors import ExitCode, Failure, Fix, did_you_mean

NOISE = (
    "Creating script environment",
    "Creating virtual environment",
    "Using script environment",
    "Using active virtual",
    "Using CPython",
    "Using PyPy",
    "Using Python",
    "Resolved ",
    "Prepared ",
    "Installed ",
    "Downloading ",
    "Downloaded ",
    "Updating ",
    "Updated ",
    "Activate with",
    "Building ",
    "Built ",
    "warning: No `requires-python`",
    "warning: `VIRTUAL_ENV=",
    "warning: Failed to hardlink",
    "warning: Failed to inspect Python interpreter",
)
KNOWN_NAMES = """
aiohttp attrs beautifulsoup4 black boto3 cattrs click cryptography django duckdb fastapi flask httpx jinja2 lxml
markdown matplotlib numpy opencv-python openpyxl orjson packaging pandas pillow platformdirs plotly polars psycopg
pyarrow pydantic pygments pyserial pytest python-dateutil python-dotenv pyyaml redis requests rich scikit-learn scipy
seaborn six sqlalchemy tabulate textual tqdm typer urllib3 watchfiles
"""
"""Names that a misspelt one is compared with."""

FULL = ("No space left", "os error 28)", "os error 122)")
UNWRITABLE = ("Input/output error", "os error 5)", "Read-only file system", "os error 30)", "os error 13)")
"""What the kernel says where a disk is full, broken or not to be written."""

IMPORT_NAMES = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "pil": "pillow",
    "serial": "pyserial",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Modules whose distribution has another name."""


def plain_talk(told: bytes) -> str:
    """uv's words without its progress and noise."""
    lines = told.decode("utf-8", "replace").splitlines()
    kept = [each.rstrip() for each in lines if each.strip() and not each.startswith((*NOISE, " + ", " - "))]
    return "\n".join(kept).strip()


def network_trouble(text: str) -> bool:
    """Whether uv could not reach a server."""
    low = text.lower()
    signs = ("failed to fetch", "error sending request", "dns error", "connection refused", "timed out", "tcp connect")
    return any(each in low for each in signs)


def diagnose(told: bytes, *, script: str, offline: bool, allow_build: bool, locked: bool) -> Failure:
    """The failure that uv's standard error tells of.

    `script` is how the user names the script, for the commands that would mend it.
    """
    text = plain_talk(told)
    shown = text.removeprefix("error: ")
    subject = _quoted(script)
    if flag := _between(text, "unexpected argument '", "'"):
        hint = "see `uv help sync`; the setting `core.uv.flags` and `--uv-flags` hold them"
        return Failure("E_UV_FLAGS", f"uv takes no flag `{flag}` here", hint=hint, exit=ExitCode.USAGE)
    if locked and ("needs to be updated" in text or "but `--locked`" in text or "but --locked" in text):
        return Failure(
            "E_LOCK_STALE",
            f"the lock of `{script}` doesn't fit its block any more",
            hint="lock it again, or delete the lock",
            fix=Fix(f"pyst lock {subject}"),
        )
    if locked and ".lock`" in text and ("Failed to parse `" in text or "failed to read from file `" in text):
        message = f"the lock of `{script}` can't be read:\n{shown}"
        fix = Fix(f"pyst lock --upgrade {subject}")
        return Failure("E_LOCK_BROKEN", message, hint="restore it, or write a new one", fix=fix)
    if any(sign in text for sign in FULL):
        message = f"there is no space left for the environment of `{script}`:\n{shown}"
        return Failure("E_CACHE_WRITE", message, hint="make room: `pyst gc`, `uv cache prune`", fix=Fix("pyst gc"))
    if any(sign in text for sign in UNWRITABLE):
        message = f"uv can't write its cache or the environment of `{script}`:\n{shown}"
        return Failure("E_CACHE_WRITE", message, hint="see `uv cache dir`; UV_CACHE_DIR names another folder")
    if missing := _between(text, "Because ", " was not found in the cache"):
        return _offline(missing)
    if offline and (missing := _between(text, "Because ", " needs to be downloaded from a registry")):
        return _offline(missing)
    if offline and ("network was disabled" in text or "network connectivity is disabled" in text.lower()):
        return _offline(_between(text, "Failed to fetch: `", "`") or _between(text, "Failed to download `", "`"))
    if not allow_build and _needs_build(text):
        return _build(text, script)
    if missing := _between(text, "Because ", " was not found in the package registry"):
        return _no_package(missing)
    if network_trouble(text):
        url = _between(text, "Failed to fetch: ", "\n").strip("` ") or "the package index"
        return Failure(
            "E_NETWORK",
            f"`{url}` can't be reached:\n{shown}",
            hint="check the connection and the index; with `--offline` only what was fetched before is used",
        )
    if "No solution found" in text:
        reason = text.partition("cause: ")[2] or shown
        return Failure("E_CONFLICT", f"the requirements of `{script}` can't be met together:\n{_told(reason)}")
    if "TOML parse error" in text:
        return Failure("E_METADATA", f"uv refuses the block of `{script}`:\n{shown}")
    if "Failed to build" in text or "build backend" in text.lower():
        return Failure("E_BUILD", f"a package that `{script}` needs can't be built:\n{shown}", hint=_library(text))
    return Failure("E_UV", f"the environment of `{script}` can't be built; uv says:\n{shown or '(nothing)'}")


def _between(text: str, before: str, after: str) -> str:
    """What stands between the two, or an empty string."""
    _, found, rest = text.partition(before)
    if not found:
        return ""
    middle, closed, _ = rest.partition(after)
    return middle if closed and "\n" not in middle else ""


def _told(reason: str) -> str:
    return "\n".join(each.strip() for each in reason.splitlines())


def _quoted(word: str) -> str:
    from shlex import quote

    return quote(word)


def _offline(missing: str) -> Failure:
    what = f"`{missing}` was not fetched before" if missing else "something that is needed was not fetched before"
    return Failure(
        "E_OFFLINE",
        f"{what}, and fetching is off (`--offline`)",
        hint="run it once without `--offline`",
        exit=ExitCode.NEEDS_NETWORK,
        detail={"missing": missing or None},
    )


def _needs_build(text: str) -> bool:
    return (
        "building from source is disabled" in text
        or "--no-build" in text
        or "no usable wheels" in text
        or "has no wheels" in text.lower()
    )


def _build(text: str, script: str) -> Failure:
    package = _between(text, "Wheels are required for `", "`") or _between(text, "Because ", " has no usable wheels")
    what = f"`{package}` has no wheel that fits" if package else "a package has no wheel that fits"
    return Failure(
        "E_UNTRUSTED_BUILD",
        f"{what}: to build it runs code of its own, which is done only for scripts that you trust",
        hint=f"look at `{script}` and what it asks for, then trust it",
        exit=ExitCode.BLOCKED,
        fix=Fix(f"pyst trust {_quoted(script)}", "high"),
        detail={"package": package or None},
    )


def _no_package(missing: str) -> Failure:
    name = missing.split("[")[0].lower()
    hint = f"the distribution of that module is called `{IMPORT_NAMES[name]}`" if name in IMPORT_NAMES else ""
    return Failure(
        "E_NO_PACKAGE",
        f"no package index knows `{missing}`",
        hint=hint or did_you_mean(name, KNOWN_NAMES.split()) or "check its name, and the indexes that are searched",
        detail={"missing": missing},
    )


def _library(text: str) -> str:
    """A hint at the program or header that a build misses."""
    for sign, hint in (
        ("Python.h", "Python's headers are missing: install python3-dev (Debian) or python3-devel (Fedora)"),
        ("gcc", "a C compiler is missing: install gcc or clang"),
        ("pg_config", "PostgreSQL's headers are missing: install libpq-dev, or use `psycopg[binary]`"),
        ("rustc", "Rust is missing: install it with rustup"),
        ("cargo", "Rust is missing: install it with rustup"),
        ("pkg-config", "pkg-config or a library that it looks for is missing"),
    ):
        if sign in text:
            return hint
    return ""
