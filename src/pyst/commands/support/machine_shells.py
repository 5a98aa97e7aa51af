"""How five shells write the same thing: the table of `pyst info --syntax`, for whoever writes commands for them.

Each cell is a whole command, so that it can be tried; `prints` is what all of them print. The tests run those of the
shells that are there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

SHELLS = ("bash", "zsh", "fish", "powershell", "cmd")


class Row(NamedTuple):
    """One thing to say, in each shell; empty where a shell has no way. `prints` is None where it is not the same."""

    topic: str
    bash: str
    zsh: str
    fish: str
    powershell: str
    cmd: str
    prints: str | None


def _row(topic: str, posix: str, fish: str, powershell: str, cmd: str, prints: str | None) -> Row:
    return Row(topic, posix, posix, fish or posix, powershell, cmd, prints)


SYNTAX = (
    _row("text as it is", "echo 'a $b'", "", "echo 'a $b'", "echo a $b", "a $b"),
    _row("a quote in it", "echo 'it'\\''s'", "echo 'it\\'s'", "echo 'it''s'", "echo it's", "it's"),
    _row("JSON as one argument", """echo '{"a": 1}'""", "", """echo '{"a": 1}'""", 'echo {"a": 1}', '{"a": 1}'),
    _row(
        "set and read a variable",
        'name=you; echo "hello $name"',
        'set name you; echo "hello $name"',
        "$name = 'you'; echo \"hello $name\"",
        'set "name=you" & call echo hello %name%',
        "hello you",
    ),
    _row(
        "a variable for programs",
        "export NAME=you; printenv NAME",
        "set -gx NAME you; printenv NAME",
        "$env:NAME = 'you'; echo $env:NAME",
        'set "NAME=you" & call echo %NAME%',
        "you",
    ),
    _row(
        "a variable for one command",
        "NAME=you printenv NAME",
        "env NAME=you printenv NAME",
        "& { $env:NAME = 'you'; try { echo $env:NAME } finally { Remove-Item Env:NAME } }",
        'cmd /v /c "set NAME=you&& echo !NAME!"',
        "you",
    ),
    _row("remove a variable", "unset NAME", "set -e NAME", "Remove-Item Env:NAME", 'set "NAME="', None),
    _row(
        "output as a value",
        'echo "$(echo hi)"',
        "echo (echo hi)",
        'echo "$(echo hi)"',
        """for /f "delims=" %x in ('echo hi') do @echo %x""",
        "hi",
    ),
    _row("one after the other", "echo a; echo b", "", "echo a; echo b", "echo a& echo b", "a\nb"),
    _row(
        "only if it succeeded",
        "true && echo yes",
        "",
        "Get-Date | Out-Null; if ($?) { echo yes }",
        "ver >nul && echo yes",
        "yes",
    ),
    _row(
        "only if it failed",
        "false || echo no",
        "",
        "Get-Item nowhere -ErrorAction Ignore; if (-not $?) { echo no }",
        "cd nul: 2>nul || echo no",
        "no",
    ),
    _row("a pipe", "echo a | cat", "", "echo a | Out-String -NoNewline", "echo a| findstr a", "a"),
    _row("output to a file", "echo a > out.txt", "", "echo a > out.txt", "echo a> out.txt", ""),
    _row("output added to a file", "echo a >> out.txt", "", "echo a >> out.txt", "echo a>> out.txt", ""),
    _row("errors to a file", "ls nowhere 2> err.txt", "", "ls nowhere 2> err.txt", "dir nowhere 2> err.txt", ""),
    _row(
        "both to one file",
        "ls nowhere > all.txt 2>&1",
        "",
        "ls nowhere *> all.txt",
        "dir nowhere > all.txt 2>&1",
        "",
    ),
    _row("nothing shown", "ls nowhere > /dev/null 2>&1", "", "ls nowhere *> $null", "dir nowhere > nul 2>&1", ""),
    _row(
        "input from a file",
        "echo a > in.txt; cat < in.txt",
        "",
        "echo a > in.txt; Get-Content in.txt",
        "echo a> in.txt& findstr a < in.txt",
        "a",
    ),
    _row(
        "several lines as input",
        "cat <<'END'\na $b\nc\nEND",
        "printf '%s\\n' 'a $b' c | cat",
        "@'\na $b\nc\n'@ | Out-String -NoNewline",
        "(echo a $b& echo c) | findstr .",
        "a $b\nc",
    ),
    _row(
        "the exit code",
        "false; echo $?",
        "false; echo $status",
        "cmd /c exit 1; echo $LASTEXITCODE",
        "cmd /c exit 1 & call echo %errorlevel%",
        "1",
    ),
    _row(
        "in the background",
        "sleep 0 & wait; echo done",
        "sleep 0 &\nwait; echo done",
        "Start-Job { Start-Sleep 0 } | Wait-Job | Out-Null; echo done",
        'start /b /wait "" cmd /c exit & echo done',
        "done",
    ),
    _row("a long line", "echo a \\\n  b", "", "echo a `\n  b", "echo a ^\n  b", None),
    _row("a comment", "echo a # why", "", "echo a # why", "echo a& rem why", "a"),
    _row(
        "for each",
        "for x in a b; do echo $x; done",
        "for x in a b; echo $x; end",
        "foreach ($x in 'a', 'b') { echo $x }",
        "for %x in (a b) do @echo %x",
        "a\nb",
    ),
    _row(
        "if",
        "if [ -e / ]; then echo yes; fi",
        "if test -e /; echo yes; end",
        "if (Test-Path /) { echo yes }",
        "if exist \\ echo yes",
        "yes",
    ),
    _row(
        "a script with spaces in a value",
        "pyst run hello --name 'A B'",
        "",
        "pyst run hello --name 'A B'",
        'pyst run hello --name "A B"',
        None,
    ),
)
"""PowerShell is meant from 5.1 on; in cmd, `%x` is written `%%x` in a batch file, and `call echo` reads a variable that
was set in the same line."""


def syntax_data() -> list[dict[str, Any]]:
    """The table as JSON data."""
    return [
        {"topic": row.topic, "prints": row.prints, **{each: getattr(row, each) for each in SHELLS}} for row in SYNTAX
    ]
