"""Shims for Windows: each shell, as its rules say, hands on exactly the words that are meant.

The rules are written down here once more: how cmd.exe reads a line of a batch file, how a program of Windows splits its
command line (CommandLineToArgvW), and what PowerShell takes for a literal string.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.sharing.shims import Start, is_ours
from pyst.sharing.windows_shims import (
    cmd_content,
    cmd_quoted,
    plan_windows_shims,
    powershell_content,
    powershell_quoted,
)

PYTHON = "C:\\Program Files\\Python\\python.exe"
BOOT = "C:\\Users\\o'neil & 100% ^sure!\\pyst\\boot.py"
THROUGH_PYST = Start((PYTHON, "-P", "-S", BOOT, "run", "installed:tool", "--"), (PYTHON, BOOT))
ENVIRONMENT = "C:\\Users\\é\u2019s\\env"
OWN_PYTHON = f"{ENVIRONMENT}\\Scripts\\python.exe"
DIRECT = Start((OWN_PYTHON, "C:\\x\\tool.py"), (OWN_PYTHON,), ENVIRONMENT)

QUOTES = "'\u2018\u2019\u201a\u201b"
TEXT = st.text(
    st.one_of(st.sampled_from("%^&|<>!\\ ()'@=;,"), st.characters(exclude_characters='"\r\n\0')), max_size=12
)


def read_by_cmd(line: str) -> str:
    """The command line that cmd.exe starts for a line of a batch file: without variables, `%%` is `%`; a caret and the
    like mean something outside quotes alone."""
    assert not re.search(r"(?<!%)(%%)*%(?!%)", line.replace("%*", "")), line
    for at, each in enumerate(line):
        assert each not in "^&|<>" or line[:at].count('"') % 2 == 1
    return line.replace("%%", "%")


def split_by_program(line: str) -> list[str]:
    """The arguments that a program of Windows takes from its command line."""
    words, word, is_quoted, is_word, at = [], "", False, False, 0
    while at < len(line):
        backslashes = len(line[at:]) - len(line[at:].lstrip("\\"))
        at += backslashes
        if line[at : at + 1] == '"':
            word += "\\" * (backslashes // 2)
            is_word = True
            if backslashes % 2:
                word += '"'
            else:
                is_quoted = not is_quoted
            at += 1
            continue
        word += "\\" * backslashes
        is_word = is_word or backslashes > 0
        if at < len(line):
            if line[at] == " " and not is_quoted:
                words += [word] if is_word else []
                word, is_word = "", False
            else:
                word += line[at]
                is_word = True
            at += 1
    return words + ([word] if is_word else [])


def read_by_powershell(text: str) -> str:
    """The string that a literal in single quotes stands for; any kind of single quote ends it, unless it is doubled."""
    assert text[0] in QUOTES
    out, at = "", 1
    while True:
        if text[at] in QUOTES:
            if at + 1 == len(text):
                return out
            assert text[at + 1] in QUOTES, "the literal ends too early"
            at += 1
        out += text[at]
        at += 1


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_cmd_hands_on_the_words(words: list[str]) -> None:
    line = " ".join(map(cmd_quoted, words))
    assert split_by_program(read_by_cmd(line)) == words


@given(st.text(st.one_of(st.sampled_from(QUOTES + '$`"\n'), st.characters(exclude_characters="\0")), max_size=12))
def test_powershell_hands_on_the_words(word: str) -> None:
    assert read_by_powershell(powershell_quoted(word)) == word


@pytest.mark.parametrize("word", ['a"b', "a\nb", "a\rb", "a\0b"])
def test_cmd_is_not_given_what_it_cannot_hand_on(word: str) -> None:
    with pytest.raises(ValueError, match=r"cmd\.exe"):
        cmd_quoted(word)


def lines_of(data: bytes) -> list[str]:
    """The lines of a shim; each ends as lines do on Windows."""
    text = data.decode("utf-8-sig")
    assert text.count("\n") == text.count("\r\n")
    return text.split("\r\n")[:-1]


def test_the_cmd_shim_starts_pyst() -> None:
    lines = lines_of(cmd_content("tool", THROUGH_PYST, None))
    assert lines[0].startswith("@rem Made by pyst")
    assert lines[1] == "@echo off"
    start = next(line for line in lines if "-P" in line)
    assert split_by_program(read_by_cmd(start).removesuffix(" %*")) == list(THROUGH_PYST.words)
    assert start.endswith(" %*")
    assert lines[lines.index(start) + 1] == "exit /b %errorlevel%"
    assert lines[-2:] == ['pyst run "installed:tool" -- %*', "exit /b %errorlevel%"]
    for each in THROUGH_PYST.needs:
        line = f"if not exist {cmd_quoted(each)} goto other1"
        assert lines.index(line) < lines.index(start) < lines.index(":other1")


def test_the_direct_cmd_shim_puts_the_environment_in_force_and_the_console_in_utf8() -> None:
    lines = lines_of(cmd_content("tool", THROUGH_PYST, DIRECT))
    start = next(line for line in lines if "tool.py" in line)
    assert f'set "VIRTUAL_ENV={ENVIRONMENT}"' in lines[: lines.index(start)]
    assert f'set "PATH={ENVIRONMENT}\\Scripts;%PATH%"' in lines[: lines.index(start)]
    assert lines[3].startswith("for /f")
    assert lines[4] == "chcp 65001 >nul"
    assert all(line.isascii() for line in lines[:5])  # which are read in the encoding that is about to be changed
    after = lines[lines.index(start) + 1 :]
    assert after[:3] == ['set "_code=%errorlevel%"', "chcp %_page% >nul", "exit /b %_code%"]
    assert lines.index(":other1") < next(at for at, line in enumerate(lines) if "-P" in line)


def test_the_powershell_shim_starts_pyst() -> None:
    data = powershell_content("tool", THROUGH_PYST, DIRECT)
    assert data.startswith(b"\xef\xbb\xbf# Made by pyst")  # without the mark, PowerShell 5.1 takes it for ANSI
    text = "\n".join(lines_of(data))
    quoted = re.findall(f"[{QUOTES}](?:[^{QUOTES}]|[{QUOTES}]{{2}})*[{QUOTES}]", text)
    literals = [read_by_powershell(each) for each in quoted]
    told = ["pyst", "run", "installed:tool", "--"]
    told += [*DIRECT.needs, DIRECT.words[0], DIRECT.words[1], ENVIRONMENT]
    told += [*THROUGH_PYST.needs, THROUGH_PYST.words[0], *THROUGH_PYST.words[1:]]
    assert literals == told
    assert text.endswith("exit $LASTEXITCODE")
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("direct", [None, DIRECT])
def test_both_are_known_by_their_bytes(direct: Start | None) -> None:
    shims = plan_windows_shims("tool", "direct" if direct else "pyst", "C:\\bin", THROUGH_PYST, direct)
    assert [each.path for each in shims] == ["C:\\bin\\tool.cmd", "C:\\bin\\tool.ps1"]
    for each in shims:
        assert is_ours(each.content)
        assert not is_ours(each.content.replace(b"installed:tool", b"installed:fool"))
