"""The attempts to get out, in every tier: what succeeds without walls is stopped by them, or is declared.

A few of each group in every run; in the sweep all of them, as root and as another user, on hosts that allow namespaces
and that refuse them. The whole check takes half of them, and a sixth in the further cases.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.attempts.confiners import REFUSED
from tests.attempts.declared import BASIC
from tests.support.fence import fence
from tests.support.runs import ROOT

landlock = pytest.importorskip("pyst.confinement.linux.landlock", reason="the walls are those of Linux")
import tests.attempts.corpus  # noqa: E402,F401
from pyst.confinement.enter import NOT_STOPPED_IN_BASIC  # noqa: E402
from pyst.confinement.linux.namespaces import fork_apart  # noqa: E402
from tests.attempts.attempt import ATTEMPTS  # noqa: E402
from tests.attempts.place import Result  # noqa: E402
from tests.attempts.table import WORDS, cells_of, rows_of  # noqa: E402

pytestmark = pytest.mark.skipif(landlock.abi() < 6, reason="the declared list is that of Landlock since version 6")

RUN = ROOT / "tests" / "attempts" / "run.py"
PAGE = ROOT / "docs" / "threat-model.md"
QUICK = (
    "read-variable",
    "read-environment-of-parents",
    "read-foreign-file",
    "read-through-symlink",
    "stat-foreign-file",
    "write-foreign-file",
    "replace-foreign-file",
    "change-foreign-mode",
    "unshare-user-namespace",
    "use-io-uring",
    "start-forbidden-program",
    "start-by-the-loader",
    "change-trust",
    "change-grants",
    "change-itself",
    "connect-tcp",
    "send-udp",
    "connect-abstract",
    "kill-foreign-process",
    "read-foreign-memory",
    "stay-as-daemon",
    "write-long-file",
    "fork-many",
)
LEAST = 75
"""How many attempts this machine must be able to have, for the sweep to say something."""
Results = dict[str, dict[str, Result]]


def has_namespaces() -> bool:
    try:
        pid = fork_apart(network=True)
    except OSError:
        return False
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def attempted(*words: str, seconds: float) -> Results:
    """What came of attempts, all below a bound on processes, within the time."""
    with fence() as enter:
        ended = subprocess.run(
            [sys.executable, str(RUN), "--json", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            preexec_fn=enter,
            start_new_session=True,
        )
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)["attempts"]
    return {name: {tier: Result(**each) for tier, each in found.items()} for name, found in told.items()}


MOST_TRIES = 3


def again(results: Results, tiers: list[str], *words: str) -> Results:
    """Bounds of a whole tree are held by looking, which only root can put before others: where a busy machine let the
    look come late, the attempt is made anew, by itself. What gets through each time is a failure. The same for what
    was to be seen from outside for a moment, and was not, without any walls."""
    found: Results = {}
    for _ in range(MOST_TRIES):
        late = _late({**results, **found}, tiers)
        if not late:
            break
        found |= attempted(*words, *late, seconds=200)
    return found


def _late(results: Results, tiers: list[str]) -> list[str]:
    passed = [
        name
        for name, each in results.items()
        if not ATTEMPTS[name].breach and any(tier in each and each[tier].verdict == "success" for tier in tiers)
    ]
    unseen = [name for name, each in results.items() if each["none"].verdict not in ("success", "not here")]
    return [*(name for name in passed if name not in BASIC), *unseen]


def held(results: Results, tiers: list[str]) -> None:
    """Every attempt succeeds without walls; the strict tier stops all of them, the basic one all but what it says."""
    blind = {
        name: each["none"] for name, each in results.items() if each["none"].verdict not in ("success", "not here")
    }
    assert blind == {}, "these prove nothing: they do not even succeed without walls"
    able = [name for name, each in results.items() if each["none"].verdict == "success"]
    for tier in tiers:
        missed = {name: results[name][tier] for name in able if results[name][tier].verdict != "stopped"}
        broken = {name: each for name, each in missed.items() if each.verdict != "success"}
        assert broken == {}, tier
        declared = {name for name in able if name in BASIC} if tier.startswith("basic") else set()
        assert set(missed) == declared, tier


def test_what_the_basic_tier_declares_is_what_attempts_show() -> None:
    assert set(BASIC.values()) == set(NOT_STOPPED_IN_BASIC)
    assert set(BASIC) <= set(ATTEMPTS)


def test_a_few_attempts_of_each_group() -> None:
    assert {ATTEMPTS[name].group for name in QUICK} == {each.group for each in ATTEMPTS.values()}
    tiers = ["strict", "basic"] if has_namespaces() else ["basic"]
    words = [f"--tier={each}" for each in tiers]
    results = attempted(*words, *QUICK, seconds=200)
    results |= again(results, tiers, *words)
    held(results, tiers)
    assert all(each["none"].verdict == "success" for each in results.values()), results


def test_the_page_tells_of_every_attempt() -> None:
    """Cheaply: no attempt stands there that is gone, and the page says of each tier what the sweep holds it to."""
    page = rows_of(PAGE)
    by_words = {cells_of(one): name for name, one in ATTEMPTS.items()}
    assert set(page) <= set(by_words), "`python tests/attempts/run.py --write` renews the page"
    told = {by_words[what]: tiers for what, tiers in page.items()}
    assert {name for name, tiers in told.items() if tiers["strict"] != WORDS["stopped"]} == set()
    assert {name for name, tiers in told.items() if tiers["basic"] != WORDS["stopped"]} == set(BASIC)
    assert len(told) >= LEAST
    text = PAGE.read_text()
    assert f"**{len(told)} of {len(told)}**" in text
    assert f"**{len(told) - len(BASIC)} of {len(told)}**" in text


USERS = [None, 1000] if os.geteuid() == 0 and shutil.which("setpriv") else [None]


ALL = sorted(ATTEMPTS)
SAMPLED = bool(os.environ.get("PYST_TEST_CHECK")) and not os.environ.get("PYST_TEST_ALL")
CHOSEN, FURTHER = (ALL[::2], ALL[1::6]) if SAMPLED else (ALL, ALL)
"""What is tried here, and in the further cases: in the whole check, which has half an hour, a part of them."""


@pytest.mark.sweep
@pytest.mark.uv
def test_attempts() -> None:
    tiers = ["strict", "basic"] if has_namespaces() else ["basic"]
    words = [f"--tier={each}" for each in tiers]
    results = attempted("--jobs=2", *words, *CHOSEN, seconds=540)
    results |= again(results, tiers, *words)
    assert set(results) == set(CHOSEN)
    held(results, tiers)
    able = {name for name, each in results.items() if each["none"].verdict == "success"}
    assert len(able) >= LEAST * len(CHOSEN) // len(ALL)
    if os.geteuid() == 0 and "strict" in tiers:
        page = rows_of(PAGE)
        here = {cells_of(ATTEMPTS[name]): results[name] for name in able}
        assert set(here) <= set(page), "`python tests/attempts/run.py --write` renews the page"
        for what, found in here.items():
            assert {tier: WORDS[found[tier].verdict] for tier in tiers} == {t: page[what][t] for t in tiers}, what


@pytest.mark.sweep
@pytest.mark.uv
@pytest.mark.parametrize("uid", USERS)
def test_attempts_of_others_and_where_namespaces_are_refused(uid: int | None) -> None:
    allowed = ["strict", "basic"] if has_namespaces() and uid is not None else []
    tiers = [*allowed, f"basic{REFUSED}"]
    words = [f"--tier={each}" for each in tiers] + ([] if uid is None else [f"--as-uid={uid}"])
    results = attempted("--jobs=2", *words, *FURTHER, seconds=540)
    results |= again(results, tiers, *words)
    assert set(results) == set(FURTHER)
    held(results, tiers)
    assert sum(each["none"].verdict == "success" for each in results.values()) >= LEAST * len(FURTHER) // len(ALL)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be root")
def test_a_host_that_refuses_namespaces_gets_no_strict_run() -> None:
    """The attempt is not begun, rather than begun behind fewer walls."""
    found = attempted(f"--tier=strict{REFUSED}", "read-foreign-file", seconds=100)["read-foreign-file"]
    assert found["none"].verdict == "success"
    told = found[f"strict{REFUSED}"]
    assert (told.verdict, told.reason) == ("broken", "the attempt was not begun")
    assert "could not be built, so nothing was run" in told.output
    assert "`--sandbox=basic`" in told.output
