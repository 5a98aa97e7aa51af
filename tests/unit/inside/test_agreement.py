"""What is read of a function script without running it is what its command line turns out to be."""

from __future__ import annotations

from typing import Any

import pytest

from pyst.scripts.introspect import read_interface
from pyst.system.secrets import ENDINGS
from tests.process.test_function_scripts import CASES
from tests.unit.inside.test_words import load, types, words


def test_what_is_secret_is_so_on_both_sides() -> None:
    assert tuple(load("_help").SECRET) == ENDINGS


SIGNATURES = sorted({(before, signature) for before, signature, _, _ in CASES if signature != "(argv=None)"})


@pytest.mark.parametrize(("before", "signature"), SIGNATURES)
def test_the_static_interface_is_the_live_one(before: str, signature: str) -> None:
    source = f"{before}\ndef main{signature}: pass\n"
    namespace: dict[str, Any] = {"__name__": "script"}
    exec(compile(source, "script.py", "exec", dont_inherit=True), namespace)  # noqa: S102 - a case of ours
    _, live = words.signature(namespace["main"], types)
    static = read_interface(source.encode(), "script.py").parameters
    assert [each.name for each in static] == [each.name for each in live]
    for read, real in zip(static, live, strict=True):
        is_extra = real.kind == words.EXTRA
        assert read.kind == ("argument" if real.is_argument else "option")
        assert read.required == real.is_required
        if not real.is_argument and not is_extra:
            assert read.flags == ((real.flag, f"--no-{real.flag[2:]}") if real.type.is_flag else (real.flag,))
            assert read.is_flag == real.type.is_flag
        if read.type in (None, "json"):
            continue
        several = real.type.many is not None or real.type.width > 1 or real.kind in (words.REST, words.EXTRA)
        assert read.multiple == several
        if real.type.width == 1:
            assert read.type == real.type.word.lower()
        if "choices" not in read.unknown:
            assert [str(each) for each in read.choices or ()] == (real.type.choices or [])
