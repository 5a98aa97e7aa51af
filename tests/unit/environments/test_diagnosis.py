"""What uv's sentences mean. The words are those of uv 0.13; tests/uv has real uv say them."""

from __future__ import annotations

import pytest

from pyst.environments.diagnosis import diagnose, plain_talk

NO_SOLUTION = "error: No solution found when resolving dependencies\n  cause: "
CASES = {
    "offline": (
        NO_SOLUTION + "Because idna was not found in the cache and you require idna, we can conclude that …\n"
        "hint: Packages were unavailable because the network was disabled.",
        {"offline": True},
        ("E_OFFLINE", 102, "`idna`"),
    ),
    "offline, known but not fetched": (
        NO_SOLUTION + "Because idna==2.1 needs to be downloaded from a registry and you require idna==2.1, we can …\n"
        "hint: Packages were unavailable because the network was disabled. When the network is disabled, …",
        {"offline": True},
        ("E_OFFLINE", 102, "`idna==2.1`"),
    ),
    "no such package": (
        NO_SOLUTION + "Because requets was not found in the package registry and you require requets, we can …",
        {},
        ("E_NO_PACKAGE", 1, "`requets`"),
    ),
    "conflict": (
        NO_SOLUTION + "Because you require six>1.16 and six<1.10, we can conclude that your requirements …",
        {},
        ("E_CONFLICT", 1, "six<1.10"),
    ),
    "a build": (
        NO_SOLUTION + "Because docopt==0.6.2 has no usable wheels and you require docopt==0.6.2, we can conclude …\n"
        "hint: Wheels are required for `docopt` because building from source is disabled for all packages",
        {},
        ("E_UNTRUSTED_BUILD", 101, "`docopt`"),
    ),
    "a stale lock": (
        "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
        {"locked": True},
        ("E_LOCK_STALE", 1, "`s.py`"),
    ),
    "a broken lock": (
        "error: Failed to parse `uv.lock`\n  cause: TOML parse error at line 2",
        {"locked": True},
        ("E_LOCK_BROKEN", 1, "line 2"),
    ),
    "no network": (
        "error: Failed to fetch: https://pypi.org/simple/attrs/\n  cause: tcp connect error\n",
        {},
        ("E_NETWORK", 1, "`https://pypi.org/simple/attrs/`"),
    ),
    "a full disk": (
        "error: failed to write\n  cause: No space left on device (os error 28)",
        {},
        ("E_CACHE_WRITE", 1, "no space"),
    ),
    "a broken disk": ("error: x\n  cause: Input/output error (os error 5)", {}, ("E_CACHE_WRITE", 1, "can't write")),
    "a wrong block": ("error: TOML parse error at line 2\nunknown field `x`", {}, ("E_METADATA", 1, "`x`")),
    "a failed build": (
        "error: Failed to build `x==1`\n  cause: fatal error: Python.h: No such file",
        {"allow_build": True},
        ("E_BUILD", 1, "Python.h"),
    ),
    "a wrong flag": ("error: unexpected argument '--frob' found\n", {}, ("E_UV_FLAGS", 64, "`--frob`")),
    "something new": ("error: the moon is full", {}, ("E_UV", 1, "the moon is full")),
    "nothing": ("", {}, ("E_UV", 1, "(nothing)")),
}


@pytest.mark.parametrize(("told", "more", "expected"), CASES.values(), ids=CASES.keys())
def test_what_it_means(told: str, more: dict[str, bool], expected: tuple[str, int, str]) -> None:
    given = {"offline": False, "allow_build": False, "locked": False, **more}
    failure = diagnose(told.encode(), script="s.py", **given)  # type: ignore[arg-type]
    code, exit_code, shown = expected
    assert (failure.code, failure.exit) == (code, exit_code)
    assert shown in failure.message


@pytest.mark.parametrize(
    ("name", "hint"), [("requets", "`requests`"), ("sklearn", "`scikit-learn`"), ("Yaml", "`pyyaml`"), ("zzqx", "")]
)
def test_near_misses(name: str, hint: str) -> None:
    told = f"{NO_SOLUTION}Because {name} was not found in the package registry and you require {name}, we can …"
    failure = diagnose(told.encode(), script="s.py", offline=False, allow_build=False, locked=False)
    assert hint in failure.hint
    assert failure.hint


def test_fixes_can_be_pasted() -> None:
    told = b"error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided."
    failure = diagnose(told, script="a b.py", offline=False, allow_build=False, locked=True)
    assert failure.fix is not None
    assert failure.fix.command == "pyst lock 'a b.py'"


def test_progress_is_left_out() -> None:
    told = b"Creating script environment at: x\nResolved 2 packages in 1ms\n + six==1\nerror: it\n"
    assert plain_talk(told) == "error: it"
