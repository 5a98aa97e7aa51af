"""From bytes to text as Python itself has it: what it takes for the encoding, pyst takes."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.scripts.decoding import decode

HIDDEN = b'# harmless +AAo-said = "what nobody was shown"\n'


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("before", [b"", b"#!/usr/bin/python", b"\f#", b"#" + b"x" * 5000])
def test_a_cookie_counts_however_far_to_the_right_it_stands(before: bytes, end: bytes) -> None:
    for cookie in (b"# coding: utf-7", b"#" + b" " * 5000 + b"vim: fileencoding=utf-7"):
        source = end.join([*([before] if before else []), cookie, HIDDEN])
        assert '\nsaid = "what nobody was shown"' in decode(source)


def test_a_cookie_after_code_is_none() -> None:
    for before in (b"x = 1\n", b"#\n#\n", b"\n\n"):
        source = before + b"# coding: utf-7\n" + HIDDEN
        assert decode(source) == source.decode()


def test_a_long_line_of_what_is_no_cookie_is_read_once() -> None:
    source = b"#" + b"coding" * 500_000 + b"\n"  # a copy of the rest at each of them would be 750 GB
    assert decode(source) == source.decode()


PARTS = [b"#", b"coding", b":", b"=", b" ", b"\t", b"\f", b"latin-1", b"utf-7", b"\n", b"\r\n", b"x=1", b"\xef\xbb\xbf"]


@given(st.lists(st.sampled_from([*PARTS, b"y" * 5000]), max_size=14).map(b"".join))
def test_it_is_read_as_python_reads_it(head: bytes) -> None:
    source = head + b'\nsaid = "\xc3\xa9 +AOk-"\n'
    try:
        of_python = ast.dump(ast.parse(source))
    except (SyntaxError, ValueError, LookupError):
        return
    assert ast.dump(ast.parse(decode(source))) == of_python
