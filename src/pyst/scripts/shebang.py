"""Whether a file without a suffix is a Python script, told by its first line."""

from __future__ import annotations

import os

MOST_BYTES = 256
"""As much of a first line as Linux itself reads (`BINPRM_BUF_SIZE`)."""


def is_python_shebang(head: bytes) -> bool:
    """Whether a file that begins with `head` asks for Python, `uv run` or `pyst run` in its first line.

    Understands `/usr/bin/env`, with `-S`, other flags of it, and assignments.
    """
    if not head.startswith(b"#!"):
        return False
    words = head[2:MOST_BYTES].split(b"\n", 1)[0].split()
    if words and _base(words[0]) == b"env":
        words = _after_env(words[1:])
    if not words:
        return False
    program = _base(words[0])
    if program in (b"uv", b"pyst"):
        return next((word for word in words[1:] if word[:1] != b"-"), b"") == b"run"
    for stem in (b"python", b"pypy"):
        if program.startswith(stem):
            return not program[len(stem) :].strip(b"0123456789.tw")
    return False


def _base(word: bytes) -> bytes:
    return word.rpartition(b"/")[2]


def _after_env(words: list[bytes]) -> list[bytes]:
    """The program and its arguments, of the words that env(1) is given."""
    while words:
        word = words[0]
        if word[:2] == b"-S" and len(word) > 2:
            return [word[2:], *words[1:]]
        if word.startswith(b"--split-string="):
            return [word.partition(b"=")[2], *words[1:]]
        if word in (b"-u", b"-C", b"--unset", b"--chdir"):
            words = words[2:]
        elif word[:1] == b"-" or b"=" in word:
            words = words[1:]
        else:
            break
    return words


def read_head(path: str) -> bytes:
    """The first bytes of the regular file at `path`; never waits for a FIFO or a device. Raises `OSError`."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        return os.read(fd, MOST_BYTES)
    finally:
        os.close(fd)
