"""What a person is shown: in colour or not, with Rich or without, and nothing that steers the terminal."""

from __future__ import annotations

import builtins
import io
from typing import Any

import pytest

from pyst.authoring.preview import facts, show_code, show_difference
from pyst.authoring.validating import Draft
from pyst.scripts.script import Parameter
from pyst.system.terminal import View

HOSTILE = 'x = "[bold]\x1b[2J\u202e:smile:"\n\tif x:\r\n'


def shown(view: View) -> str:
    stream = io.StringIO()
    show_code(stream, HOSTILE, view)
    show_difference(stream, "--- x\n+++ x\n-a\x07\n+b\n", view)
    return stream.getvalue()


def test_without_colour_nothing_is_added() -> None:
    text = shown(View(width=80))
    assert not set("\x1b\x07\u202e\r") & set(text)
    assert '1 x = "[bold]\\x1b[2J\\u202e:smile:"' in text
    assert "-a\\x07" in text


def test_with_colour_only_rich_speaks_to_the_terminal() -> None:
    text = shown(View(color=True, width=80))
    assert "\x1b[" in text
    assert "\x1b[2J" not in text
    assert not set("\x07\u202e") & set(text)


def test_without_rich_it_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *more: Any, **rest: Any) -> Any:
        if name.startswith("rich"):
            raise ImportError(name)
        return real(name, *more, **rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert shown(View(color=True, width=80)).startswith('   1 x = "[bold]\\x1b[2J\\u202e:smile:"\n')


def test_the_facts_tell_all_that_is_to_be_decided_on() -> None:
    parameter = Parameter("mode", "option", ("--mode",), choices=("a", "b"), default="a", help="which")
    draft = Draft(b"", "Do it.", ("six>=1",), {"six": "1.17"}, {"net": ["x:1"]}, (parameter,), ("it is wrong",), "{}")
    assert facts(draft) == [
        "Do it.",
        "  parameter   mode: a | b = 'a'  which",
        "  requires    six>=1",
        "  brings      six 1.17",
        "  asks for    net   x:1",
        "  does not pass: it is wrong",
    ]
