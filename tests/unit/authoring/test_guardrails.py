"""What of a script may be sent: nothing that is marked, named, redacted, or looks like a secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.authoring.guardrails import Guarded, guard
from pyst.authoring.secret_text import HIDDEN, hide_secrets, looks_secret
from pyst.errors import Failure
from pyst.scripts.introspect.parsing import parse_text

CANARY = "cAnArY7x9"

KEPT_BACK = {
    # by a mark
    "a line": f"x = '{CANARY}'  # pyst: nodoc\n",
    "the comment of a mark": f"x = 1  # pyst: nodoc {CANARY}\n",
    "a statement of several lines": f"x = [\n    '{CANARY}',\n]  # pyst: nodoc\n",
    "a function": f"def f():  # pyst: nodoc\n    return '{CANARY}'\n",
    "a decorated function": f"@deco('{CANARY}')\n# pyst: nodoc\n@other\ndef f():\n    '''{CANARY}'''\n",
    "a name": f"# pyst: nodoc\ndef {CANARY}():\n    pass\n",
    "a class": f"# pyst: nodoc\nclass A:\n    x = '{CANARY}'\n",
    "a branch": f"if x:\n    pass\nelse:  # pyst: nodoc\n    y = '{CANARY}'\n",
    "enclosed lines": f"# pyst: nodoc-begin\nx = '{CANARY}'\n# {CANARY}\n# pyst: nodoc-end\n",
    "the end of the file": f"# pyst: nodoc-begin\nx = '{CANARY}'\n",
    "a comment": f"# {CANARY}  # pyst: nodoc\n",
    "a docstring": f"def f():\n    # pyst: nodoc\n    '''{CANARY}'''\n",
    "a line of the block": f"# /// script\n# dependencies = ['{CANARY}']  # pyst: nodoc\n# ///\n",
    # by its name
    "a variable": f"API_TOKEN = '{CANARY}'\n",
    "bytes": f"api_key = b'{CANARY}'\n",
    "an annotated variable": f"password: str = '{CANARY}'\n",
    "an attribute": f"self.secret = '{CANARY}'\n",
    "one of several": f"user, password = 'me', '{CANARY}'\n",
    "a key": f"x = {{'password': '{CANARY}'}}\n",
    "a subscript": f"os.environ['GH_TOKEN'] = '{CANARY}'\n",
    "a keyword": f"connect(password='{CANARY}')\n",
    "a default": f"def f(a, token='{CANARY}'):\n    pass\n",
    "a keyword's default": f"def f(*, token='{CANARY}'):\n    pass\n",
    "a lambda's default": f"f = lambda token='{CANARY}': 1\n",
    "an option's default": f"p.add_argument('--token', default='{CANARY}', help='The token.')\n",
    "a fallback": f"x = os.getenv('API_TOKEN', '{CANARY}')\n",
    "a comparison": f"if password == '{CANARY}':\n    pass\n",
    "a match": f"match password:\n    case '{CANARY}':\n        pass\n",
    "what a function returns": f"def get_password():\n    return '{CANARY}'\n",
    "a walrus": f"print(token := '{CANARY}')\n",
    "an f-string": f"password = f'{CANARY}{{x}}'\n",
    "pieces": f"password = 'a' '{CANARY}' + '{CANARY}'\n",
    "a pair": f"x = [('password', '{CANARY}')]\n",
    "a word of a command": f"run(['x', '--token', '{CANARY}'])\n",
    "a command": f"run('x --token {CANARY} -v')\n",
    "a hump": f"authToken = '{CANARY}'\n",
    "a short name": f"db_pwd = '{CANARY}'\n# pw: {CANARY}\n",
    "a field": f"@dataclass\nclass A:\n    password: str = field(default='{CANARY}')\n",
    "a comment with a name": f"# password: {CANARY}\n# api_key = '{CANARY}'\n",
    "a docstring with a name": f"'''Use token={CANARY} for it.'''\n",
    "the same value elsewhere": f"TOKEN = '{CANARY}'\nx = 'see {CANARY} there'  # {CANARY}\n",
    "the same value as a name": f"TOKEN = '{CANARY}'\n{CANARY} = 1\n",
    # by the setting
    "a word": f"x = 'see acme-{CANARY} there'\n",
    "a word in a comment": f"# see ACME-{CANARY}.\n",
    "a word in a docstring": f"'''See acme-{CANARY}, please.'''\n",
    "a part of a word": f"x = 'https://acme-{CANARY}:80/x'\n",
    "an identifier": f"ACME_{CANARY} = 1\nprint(ACME_{CANARY})\n",
    "several words": f"x = 'call Project {CANARY} now'\n",
    "escaped": f"x = 'acm\\x65-{CANARY}'\n",
    "in an f-string": f"x = f'{{y}} acme-{CANARY}'\n",
    "a requirement": f"# /// script\n# dependencies = ['acme-{CANARY}>=1']\n# ///\n",
    # by its look
    "a token of GitHub": f"x = 'ghp_{CANARY}{CANARY}{CANARY}'\n",
    "a key of OpenAI": f"x = 'sk-{CANARY}{CANARY}{CANARY}'  # sk-{CANARY}{CANARY}\n",
    "joined": f"x = 'gh' + 'p_{CANARY}{CANARY}{CANARY}'\n",
    "hidden by escapes": f"x = '\\x67hp_{CANARY}{CANARY}{CANARY}'\n",
    "an address with a password": f"x = 'https://me:{CANARY}@host/'\n# ssh://{CANARY}@host\n",
    "a header": f"x = {{'Authorization': 'Bearer {CANARY}'}}\n",
    "a private key": f"x = '''-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----'''\n",
    "random letters": f"x = '{CANARY}Q8z{CANARY}kL2{CANARY}'\n",
    # by the environment
    "a value of the environment": "x = 'from-" + "environ-" + CANARY + "'\n",
}
GLOBS = ("SECRET_*", "acme-*", "ACME_*", "project *")
ENVIRON = {"MY_TOKEN": f"environ-{CANARY}", "HOME": "/home/me"}


def guarded(text: str) -> Guarded:
    return guard(text, parse_text(text), GLOBS, ENVIRON)


@pytest.mark.parametrize("text", KEPT_BACK.values(), ids=KEPT_BACK)
def test_it_stays_here(text: str) -> None:
    found = guarded(text)
    assert CANARY not in found.text
    assert found.kept_back
    assert CANARY not in guarded(f"'''Do it.'''\nimport os\n\n{text}\nz = 1\n").text


@given(st.lists(st.sampled_from(sorted(KEPT_BACK)), min_size=2, max_size=6))
def test_together_they_stay_here_too(names: list[str]) -> None:
    assert CANARY not in guarded("\n".join(KEPT_BACK[each] for each in names)).text


SENT = '''\
#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["rich>=13", "httpx==0.28.1"]
# ///
"""Copy files, see https://example.org/a/b?c=d#e for how."""
import argparse
from pathlib import Path

DEFAULT = 3
COMMIT = "0.28.1-rc1"


def main(source: Path, target: Path, *, count: int = DEFAULT, keep_going: bool = False) -> int:
    """Copy `source` to `target`.

    Args:
        source: The file, as in `/usr/share/dict/words-2024-01-01.txt`.
        target: The folder.
    """
    parser = argparse.ArgumentParser(description="Copy", prog="copy-all_the_things2")
    parser.add_argument("--keep-going", action="store_true", help="do not stop")
    return len(sorted([source, target], key=lambda each: each.name))
'''


def test_what_is_nobodys_secret_is_sent_as_it_is() -> None:
    found = guarded(SENT)
    assert found.text == SENT
    assert found.kept_back == 0


def test_the_rest_around_it_is_sent() -> None:
    found = guarded("import os\nTOKEN = 'abcdefgh'\n\ndef main(a):\n    x = 1  # pyst: nodoc\n    return a\n")
    assert found.text == f'import os\nTOKEN = "{HIDDEN}"\n\ndef main(a):\n    # (left out)\n    return a\n'


def test_nothing_can_be_asked_about_what_a_hidden_name_names() -> None:
    found = guarded("def ACME_run(ACME_x, y):\n    pass\n")
    assert found.text == "def hidden_1(hidden_2, y):\n    pass\n"
    assert found.keeps_name("ACME_run")
    assert found.keeps_text("--acme-flag")
    assert not found.keeps_name("y")
    assert not found.keeps_name("secret_of_nobody")  # only values and text are kept back whatever the case


def test_numbers_are_words_too() -> None:
    found = guard("x = 4711\n", parse_text("x = 4711\n"), ("4711",), {})
    assert found.text == f'x = "{HIDDEN}"\n'


def test_a_text_that_is_put_together_later_is_cleaned_again() -> None:
    assert guarded(f"TOKEN = '{CANARY}'\n").cleaned(f"about {CANARY}") == f"about {HIDDEN}"


def test_more_secrets_than_can_be_searched_for_stop_everything() -> None:
    text = "".join(f"TOKEN_{n} = TOKEN = 'secret-number-{n}'\n" for n in range(1100))
    with pytest.raises(Failure, match="more than 1000"):
        guarded(text)


@pytest.mark.parametrize(
    "word",
    [
        "deadbeefdeadbeefdeadbeef00",
        "A1b2C3d4E5f6G7h8I9j0K1",
        "123e4567-e89b-12d3-a456-426614174000",
        "dGhpcyBpcyBhIHNlY3JldCBrZXkgMTIz",
    ],
)
def test_words_of_a_generator(word: str) -> None:
    assert looks_secret(word)


@pytest.mark.parametrize(
    "word",
    [
        "internationalization",
        "test_that_the_2_things_are_done",
        "/usr/share/python3/dist-packages/Module1/File2.py",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "--no-such-option-at-all-2",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ],
)
def test_words_of_a_person(word: str) -> None:
    assert not looks_secret(word)


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=10), max_size=3))
def test_any_text_can_be_cleaned_and_is_clean_then(text: str, globs: list[str]) -> None:
    once = hide_secrets(text, globs, ["abcdef"])
    assert "abcdef" not in once.text
    if not once.taken:
        assert once.text == text


def test_hostile_text_takes_no_time() -> None:
    for piece in ("://", "a:", "token=", "eyJaaaaaaaa.", "-----BEGIN A PRIVATE KEY-----", "Aa1", "a.", "bearer "):
        hide_secrets(piece * 40_000, ("*a*a*a*b",))
