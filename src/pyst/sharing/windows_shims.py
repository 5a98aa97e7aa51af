"""Shims for the shells of Windows: a `.cmd` file for cmd.exe, a `.ps1` file for PowerShell. Pure.

They do what `shims` has the POSIX shell do. cmd.exe reads its files in the console's own encoding, so one that names a
path outside ASCII changes that, and puts it back; PowerShell 5.1 knows UTF-8 by its mark alone.
"""

from __future__ import annotations

import ntpath
from collections.abc import Iterable

from pyst.sharing.shims import Shim, Start, sealed
from pyst.system.digest import sha256

BYTE_ORDER_MARK = "\ufeff"
QUOTES = "'\u2018\u2019\u201a\u201b"
"""What PowerShell takes for a single quote (about_Quoting_Rules)."""
_NEVER = frozenset('"\r\n\0')
"""What no path has on Windows, and what cmd.exe can't be told within quotes."""


def plan_windows_shims(
    name: str, kind: str, folder: str, through_pyst: Start, direct: Start | None
) -> tuple[Shim, ...]:
    """The two shims of the installed script `name`; `direct` is what a direct shim starts, if it is there.

    Raises `ValueError` for a word that Windows has no way to pass on.
    """
    found = (("cmd", cmd_content), ("ps1", powershell_content))
    files = [(suffix, content(name, through_pyst, direct)) for suffix, content in found]
    return tuple(Shim(ntpath.join(folder, f"{name}.{suffix}"), data, sha256(data), kind) for suffix, data in files)


def cmd_content(name: str, through_pyst: Start, direct: Start | None) -> bytes:
    """The bytes of the `.cmd` shim."""
    branches = [each for each in (direct, through_pyst) if each is not None]
    lines = ["@echo off", "setlocal DisableDelayedExpansion"]
    for number, start in enumerate(branches, 1):
        lines += _cmd_branch(start, f"other{number}")
    lines += [f"pyst run {cmd_quoted(f'installed:{name}')} -- %*", "exit /b %errorlevel%"]
    if not "".join(lines).isascii():
        lines = _in_utf8(lines)
    return sealed("".join(f"{line}\r\n" for line in lines).encode(), "@rem ", "\r\n")


def _cmd_branch(start: Start, other: str) -> list[str]:
    """The lines that start this, if what it needs is there, and go on at the label `other` if not."""
    lines = [f"if not exist {cmd_quoted(each)} goto {other}" for each in start.needs]
    if start.environment is not None:
        programs = ntpath.dirname(start.words[0])
        lines += [
            f"set {cmd_quoted(f'VIRTUAL_ENV={start.environment}')}",
            f'set "PATH={_percent(programs)};%PATH%"',
            'set "PYTHONHOME="',
            'set "VIRTUAL_ENV_PROMPT="',
        ]
    return [*lines, f"{' '.join(map(cmd_quoted, start.words))} %*", "exit /b %errorlevel%", f":{other}"]


def _in_utf8(lines: list[str]) -> list[str]:
    """The lines with the console in UTF-8 while they are read; after the script it is as it was."""
    first = ['for /f "tokens=2 delims=:." %%p in (\'chcp\') do set /a "_page=%%p" >nul', "chcp 65001 >nul"]
    last = ['set "_code=%errorlevel%"', "chcp %_page% >nul", "exit /b %_code%"]
    rest = [each for line in lines[2:] for each in (last if line == "exit /b %errorlevel%" else [line])]
    return [*lines[:2], *first, *rest]


def cmd_quoted(word: str) -> str:
    """`word` as one argument on a line of a batch file. Raises `ValueError` for what can't be one."""
    if not _NEVER.isdisjoint(word):
        raise ValueError("a word for cmd.exe has neither quotes nor line ends")
    backslashes = len(word) - len(word.rstrip("\\"))
    return f'"{_percent(word)}{backslashes * chr(92)}"'  # before a quote, each counts half (CommandLineToArgvW)


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def powershell_content(name: str, through_pyst: Start, direct: Start | None) -> bytes:
    """The bytes of the `.ps1` shim. It runs in its caller's session, whose variables are as they were afterwards."""
    fallback = ("run", f"installed:{name}", "--")
    lines = ["$program = 'pyst'", f"$words = {_listed(fallback)}", "$environment = $null"]
    keyword = "if"
    for start in (each for each in (direct, through_pyst) if each is not None):
        there = " -and ".join(_is_there(each) for each in start.needs)
        environment = "$null" if start.environment is None else powershell_quoted(start.environment)
        lines += [
            f"{keyword} ({there}) {{",
            f"  $program = {powershell_quoted(start.words[0])}",
            f"  $words = {_listed(start.words[1:])}",
            f"  $environment = {environment}",
            "}",
        ]
        keyword = "elseif"
    lines += _POWERSHELL_START
    body = "".join(f"{line}\r\n" for line in lines).encode()
    return sealed(body, f"{BYTE_ORDER_MARK}# ", "\r\n")


def _is_there(path: str) -> str:
    return f"(Test-Path -LiteralPath {powershell_quoted(path)} -PathType Leaf)"


_POWERSHELL_START = [
    "$before = $env:PATH, $env:VIRTUAL_ENV, $env:VIRTUAL_ENV_PROMPT, $env:PYTHONHOME",
    "try {",
    "  if ($environment) {",
    "    $env:PATH = (Split-Path -LiteralPath $program) + [IO.Path]::PathSeparator + $env:PATH",
    "    $env:VIRTUAL_ENV = $environment",
    "    $env:VIRTUAL_ENV_PROMPT = $null",
    "    $env:PYTHONHOME = $null",
    "  }",
    "  if ($MyInvocation.ExpectingInput) { $input | & $program @words @args } else { & $program @words @args }",
    "} finally {",
    "  $env:PATH, $env:VIRTUAL_ENV, $env:VIRTUAL_ENV_PROMPT, $env:PYTHONHOME = $before",
    "}",
    "exit $LASTEXITCODE",
]


def powershell_quoted(word: str) -> str:
    """`word` as a literal string of PowerShell, in which nothing is replaced."""
    if "\0" in word:
        raise ValueError("a word has no NUL")
    return "'" + "".join(each * 2 if each in QUOTES else each for each in word) + "'"


def _listed(words: Iterable[str]) -> str:
    return f"@({', '.join(map(powershell_quoted, words))})"
