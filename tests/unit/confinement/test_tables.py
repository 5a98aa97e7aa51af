"""The tables of system calls beside the kernel's own headers, where a package brought them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyst.confinement.linux.tables import NEWEST, NUMBERS

HEADERS = {
    "aarch64": ("/usr/include/asm-generic/unistd.h",),  # 64-bit processors without a table of their own share it
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
}


@pytest.mark.parametrize("processor", NUMBERS)
def test_the_numbers_are_those_of_the_kernels_headers(processor: str) -> None:
    path = next((Path(each) for each in HEADERS[processor] if Path(each).exists()), None)
    if path is None:
        pytest.skip("the kernel's headers are not installed")
    told = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text())}
    assert {name: told[name] for name in NUMBERS[processor] if name in told} == {
        name: number for name, number in NUMBERS[processor].items() if name in told
    }
    assert len(told.keys() & NUMBERS[processor].keys()) > 100


def test_what_came_after_both_tables_were_one_has_the_same_number_in_each() -> None:
    for name in NUMBERS["x86_64"].keys() & NUMBERS["aarch64"].keys():
        numbers = {NUMBERS["x86_64"][name], NUMBERS["aarch64"][name]}
        assert len(numbers) == 1 or max(numbers) < 424, name
    assert all(max(numbers.values()) <= NEWEST for numbers in NUMBERS.values())
