"""Files of git repositories, got by the `git` program, which is trusted with as little as it can do with.

The repository may be hostile, and so may be whoever answers for it. Nothing is checked out: no hook, filter, attribute,
submodule or file name of it takes effect. Objects are checked as they come; a single file is read by its number.
The user's own settings of git count (credentials that are kept, certificates, other addresses for hosts), but git asks
nobody for anything, follows no redirect, and speaks no other protocol than the one that was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pyst.errors import Failure
from pyst.sharing.fetched import LOCK, Fetched, make_fetched
from pyst.sharing.git_failure import failure_of_git
from pyst.sharing.source_value import Source
from pyst.system.fetch_failure import FetchFailure, shown_address, too_large
from pyst.system.http import Fetcher
from pyst.system.network import Deadline
from pyst.system.process import Finished, Runner, find_program

SECONDS = 180.0
"""Git has no answer before it has all of it: more time than for a single file."""
MOST_PACK_BYTES = 512 << 20
ALLOCATION = "256m"
"""The most that git takes of memory at once: a few bytes can claim to become gigabytes."""

ALLOWED = {"https": "https:ssh", "ssh": "ssh:https", "file": "file"}
"""The protocols for an address: `url.….insteadOf` of the user may make the one of the other."""

KEPT = frozenset(
    (
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_EXEC_PATH",
    )
)
"""The variables of git that say how the user reaches servers. The others would lead it to other repositories."""

SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "core.alternateRefsCommand=",
    "core.bigFileThreshold=4m",
    "credential.interactive=false",
    "fetch.fsckObjects=true",
    "transfer.fsckObjects=true",
    "transfer.bundleURI=false",
    "transfer.credentialsInUrl=die",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "pack.threads=1",
    "http.followRedirects=false",
    "http.sslVerify=true",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=30",
    "protocol.version=2",
)
NAME = "refs/pyst/asked"

BOUNDED = 'trap "" XFSZ; ulimit -f "$1" && shift && exec "$@"'
"""Git has no bound for what it fetches; the system has one for the size of a file (in units of 512 bytes).

Without the signal for it, git is told why it can't write, and says so.
"""


class _Repository(NamedTuple):
    """An empty repository of ours, and how git is called in it."""

    folder: str
    git: str
    environ: Mapping[str, str]
    source: Source
    runner: Runner
    deadline: Deadline
    most_pack_bytes: int

    def run(self, *words: str, most_bytes: int = 1 << 20) -> Finished:
        """Run git; a failure of it is a value."""
        settings = (*SETTINGS, f"remote.origin.url={self.source.address}")
        given = [word for each in settings for word in ("-c", each)]
        bounded = ("/bin/sh", "-c", BOUNDED, "sh", str(self.most_pack_bytes // 512))
        argv = (*bounded, self.git, *given, *words)
        left = self.deadline.left()
        if left <= 0:
            raise _late(self)
        ended = self.runner.run(
            argv, cwd=self.folder, environ=self.environ, timeout_seconds=left, most_bytes=most_bytes
        )
        if ended.timed_out:
            raise _late(self)
        return ended

    def ask(self, *words: str, most_bytes: int = 1 << 20) -> bytes:
        """What git says. Raises `FetchFailure` where it fails, or says more than the bound."""
        ended = self.run(*words, most_bytes=most_bytes)
        if ended.exit_code:
            raise failure_of_git(ended, self.source)
        if ended.omitted_bytes:
            raise too_large(shown_address(self.source.address), most_bytes)
        return ended.stdout


def _late(repository: _Repository) -> FetchFailure:
    where = shown_address(repository.source.address)
    message = f"`{where}` is too slow: git had not got it after {repository.deadline.seconds:g} s"
    return FetchFailure("E_FETCH_TIMEOUT", message)


def fetch_from_git(
    source: Source, fetcher: Fetcher, runner: Runner, *, most_pack_bytes: int = MOST_PACK_BYTES
) -> Fetched:
    """The file of a repository, at the commit that its ref means now. Raises `FetchFailure`; `E_HELPER` without git."""
    git = find_program("git", fetcher.environ)
    if git is None:
        raise Failure("E_HELPER", "`git` was not found on PATH", hint="install git")
    if not source.address.startswith("file:"):
        fetcher.check_online(source.address)
    seconds = SECONDS * fetcher.total_seconds / 60

    def attempt(deadline: Deadline) -> Fetched:
        with TemporaryDirectory(prefix="pyst-git-") as folder:
            environ = git_environment(fetcher.environ, folder, source.address)
            repository = _Repository(folder, git, environ, source, runner, deadline, most_pack_bytes)
            repository.ask("init", "--quiet", "--bare", "--template=", ".")
            return _fetched(repository, _fetch_commit(repository), fetcher.most_bytes)

    return fetcher.persist(attempt, seconds, is_repeatable=True)


def git_environment(environ: Mapping[str, str], folder: str, address: str) -> dict[str, str]:
    """The variables for git: the user's, without those that would lead it elsewhere or have it ask somebody."""
    gone = ("SSH_ASKPASS", "LANGUAGE")
    kept = {
        name: value
        for name, value in environ.items()
        if name not in gone and (not name.startswith("GIT_") or name in KEPT)
    }
    ssh = {} if "GIT_SSH" in kept or "GIT_SSH_COMMAND" in kept else {"GIT_SSH_COMMAND": SSH}
    return {
        **kept,
        **ssh,
        "GIT_DIR": folder,
        "GIT_ALLOW_PROTOCOL": ALLOWED[address.partition(":")[0]],
        "GIT_ALLOC_LIMIT": ALLOCATION,
        "GIT_ASKPASS": "",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "SSH_ASKPASS_REQUIRE": "never",
        "LC_ALL": "C",
    }


SSH = "ssh -oBatchMode=yes -oConnectTimeout=15 -oPermitLocalCommand=no -oForwardAgent=no -oClearAllForwardings=yes"
"""Asks for no password and no unknown host's key, and gives the server nothing but the connection."""


def _fetch_commit(repository: _Repository) -> str:
    """Fetch what the ref means now, and nothing before it; the commit's number. Raises `FetchFailure`."""
    ref = repository.source.ref or "HEAD"
    # Without the contents of files, where the server can do that: the one that is wanted comes when it is read.
    lean = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--filter=blob:none", "--depth=1")
    ended = repository.run(*lean, "--", "origin", f"+{ref}:{NAME}")
    if ended.exit_code == 0:
        return _commit(repository, NAME)
    failure = failure_of_git(ended, repository.source)
    if not _is_number(ref) or failure.code not in ("E_FETCH_MISSING", "E_FETCH_GIT"):
        raise failure
    # A number that the server gives by no name: it may be below one of its branches and tags.
    both = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    repository.ask(*lean[:-1], "--", "origin", *both)
    return _commit(repository, ref)


def _is_number(ref: str) -> bool:
    return 7 <= len(ref) <= 64 and set(ref) <= set("0123456789abcdef")


def _commit(repository: _Repository, name: str) -> str:
    ended = repository.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    commit = ended.stdout.decode("ascii", "replace").strip()
    if ended.exit_code or len(commit) not in (40, 64):
        source = repository.source
        message = f"`{source.ref}` is no commit of `{shown_address(source.address)}`"
        raise FetchFailure("E_FETCH_MISSING", message)
    return commit


def _fetched(repository: _Repository, commit: str, most_bytes: int) -> Fetched:
    source = repository.source
    pinned = source._replace(ref=commit)
    entries = _entries(repository, commit, source.path, source.path + LOCK)
    if source.path not in entries:
        folder = source.path.rpartition("/")[0]
        found = _entries(repository, commit, f"{folder}/" if folder else "")
        scripts = [f"`{each}`" for each in found if each.endswith(".py") and each.isprintable()][:8]
        hint = "it has " + ", ".join(scripts) if scripts else ""
        raise FetchFailure("E_FETCH_MISSING", f"`{source.path}` is not in `{commit[:12]}`", hint=hint)
    mode, number = entries[source.path]
    if mode not in ("100644", "100755", "100664"):
        called = {"040000": "a folder", "120000": "a symbolic link", "160000": "a submodule"}.get(mode, "no file")
        raise FetchFailure("E_FETCH_NOT_A_FILE", f"`{source.path}` of `{commit[:12]}` is {called}")
    content = _blob(repository, number, most_bytes)
    mode, number = entries.get(source.path + LOCK, ("", ""))
    lock = _blob(repository, number, most_bytes) if mode.startswith("100") else None
    return make_fetched(source, pinned, commit, source.path.rpartition("/")[2], content, lock)


def _entries(repository: _Repository, commit: str, *paths: str) -> dict[str, tuple[str, str]]:
    """Mode and number of what is at the paths in the commit."""
    told = repository.ask("ls-tree", "-z", "--full-tree", commit, "--", *[each for each in paths if each])
    found = {}
    for line in told.split(b"\0"):
        about, mark, path = line.partition(b"\t")
        words = about.decode("ascii", "replace").split()
        if mark and len(words) == 3:
            found[os.fsdecode(path)] = (words[0], words[2])
    return found


def _blob(repository: _Repository, number: str, most_bytes: int) -> bytes:
    """The bytes of a file, which git holds against their number."""
    size = repository.ask("cat-file", "-s", number).strip()
    if not size.isdigit() or int(size) > most_bytes:
        raise too_large(shown_address(repository.source.address), most_bytes)
    content = repository.ask("cat-file", "blob", number, most_bytes=2 * most_bytes + 2)
    if len(content) != int(size):
        raise FetchFailure("E_FETCH_GIT", f"git gives {len(content)} bytes of `{number}`, and not {int(size)}")
    return content
