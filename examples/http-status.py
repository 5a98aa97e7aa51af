# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Explain HTTP status codes, by number or by a word in their name.

Args:
    codes: numbers (`404`), classes (`4xx`) or words (`teapot`)
    long: add the longer explanation

Exit codes:
    0: every one is known
    1: one or more are unknown
"""

import sys
from http import HTTPStatus


def matching(wanted: str) -> list[HTTPStatus]:
    """The status codes that `wanted` means."""
    word = wanted.lower()
    if word[1:] == "xx":
        return [each for each in HTTPStatus if str(each.value)[0] == word[0]]
    return [each for each in HTTPStatus if word == str(each.value) or (word.isalpha() and word in each.phrase.lower())]


def main(*codes: str, long: bool = False) -> int:
    unknown = 0
    for code in codes or ("2xx",):
        found = matching(code)
        if not found:
            print(f"error: there is no status code `{code}`", file=sys.stderr)
            unknown += 1
        for each in found:
            print(f"{each.value}  {each.phrase}" + (f": {each.description}" if long and each.description else ""))
    return 1 if unknown else 0
