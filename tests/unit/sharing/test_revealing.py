"""Secrets in a text that is to be shared: found, not shown, and not seen where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.sharing.revealing import MARKER, find_secrets

A36, MIXED = "aB3dE6gH9" * 4, "aB3dE6gH9kL2mN5pQ8"

SECRETS = {
    f'token = "ghp_{A36}"': "GitHub",
    f"# gho_{A36}": "GitHub",
    f"x('github_pat_{A36}{A36}')": "GitHub",
    f'x = "glpat-{MIXED}abc"': "GitLab",
    'x = "AKIAIOSFODNN7EXAMPLE"': "Amazon",
    f'x = "AIza{A36[:35]}"': "Google",
    "x = 'xoxb-123456789012-abc'": "Slack",
    f'x = "sk_live_{MIXED}"': "Stripe",
    f'x = "sk-ant-api03-{MIXED}{MIXED}"': "language model",
    f'x = "sk-proj-{MIXED}{MIXED}"': "language model",
    f'x = "pypi-{A36}{A36}"': "PyPI",
    f'x = "npm_{A36}"': "npm",
    f'x = "hf_{A36}"': "Hugging Face",
    f'x = "eyJ{MIXED}.eyJ{MIXED}.{MIXED}"': "JSON Web Token",
    "-----BEGIN OPENSSH PRIVATE KEY-----": "private key",
    "-----BEGIN PRIVATE KEY-----": "private key",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----": "private key",
    'db = "postgresql://ada:pa55word@db.example.org/x"': "password in an address",
    f'API_KEY = "{MIXED}"': "`API_KEY`",
    f"client(api_key='{MIXED}')": "`api_key`",
    f'    {{"api-key": "{MIXED}"}}': "`api-key`",
    f'os.environ["MY_SECRET"] = "{MIXED}"': "`MY_SECRET`",
    f'password: str = r"{MIXED}"': "`password`",
    f'GITHUB_TOKEN: Final = "{MIXED}"': "`GITHUB_TOKEN`",
}
HARMLESS = [
    'token = os.environ["GITHUB_TOKEN"]',
    'API_KEY = "your-api-key-goes-here"',
    'API_KEY = "<API_KEY>"',
    'api_key = "{api_key}"',
    'PASSWORD = "********"',
    'password = "${PASSWORD}"',
    'SECRET = "SECRET_OF_THE_SERVICE"',
    'KEY = "abcdefgh"',
    'SORT_KEY = "updated_at"',
    'MONKEY = "aB3dE6gH9kL2mN5pQ8"',
    'KEY_FILE = "/etc/ssl/private/a1B2c3.pem"',
    'url = "https://example.org:8080/a@b"',
    'url = f"https://{user}:{password}@example.org"',
    'x = "ghp_short"',
    "sha256 = '" + "0123456789abcdef" * 4 + "'",
    "disk-usage-of-things-that-are-large",
    'ask-the-user-for-something-very-long = "x"',
    f'API_KEY = "{MIXED}"  # {MARKER}',
]


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_is_found_and_not_shown(line: str) -> None:
    [found] = find_secrets(f"import os\n{line}\nprint(1)\n", {})
    assert found.line == 2
    assert SECRETS[line] in found.what
    assert MIXED not in found.what
    assert find_secrets(f"{line}  # {MARKER}", {}) == []


@pytest.mark.parametrize("line", HARMLESS)
def test_what_only_speaks_of_secrets_is_none(line: str) -> None:
    assert find_secrets(line, {"HOME": "/home/ada", "EDITOR": "something-long"}) == []


def test_the_values_of_the_users_own_secrets_are_found() -> None:
    environ = {
        "SERVICE_TOKEN": "correct horse",
        "PLAIN": "battery staple",
        "PIN_SECRET": "1234",
        "VAULT_X": "my own words",
    }
    text = 'a = "correct horse"\nb = "battery staple"\nc = 1234\nd = "my own words"\n'
    assert [(each.line, each.what) for each in find_secrets(text, environ, ["VAULT_*"])] == [
        (1, "the value of your variable `SERVICE_TOKEN`"),
        (4, "the value of your variable `VAULT_X`"),
    ]


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text()))
def test_any_text_is_searched(text: str, environ: dict[str, str]) -> None:
    lines = len(text.splitlines())
    assert all(1 <= each.line <= lines for each in find_secrets(text, environ))


@pytest.mark.parametrize(
    "piece",
    ["a", "key", "a.", "eyJ-", "ghp_", "sk-", "a://b:", "KEY=", "key: x =", 'KEY="', "-----BEGIN ", " ", "hf_-", "xox"],
)
def test_no_text_takes_long(piece: str) -> None:
    assert isinstance(find_secrets(piece * ((1 << 18) // len(piece)), {}), list)


def test_there_are_none_in_the_examples() -> None:
    examples = Path(__file__).parents[3] / "examples"
    found = [(path, each) for path in examples.rglob("*.py") for each in find_secrets(path.read_text(), {})]
    assert found == []


def test_a_secret_of_several_lines_is_found() -> None:
    """As variables of build services have them: a key without its frame, the JSON of an account."""
    value = "MIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n"
    text = f'x = 1\nkey = """\n{value}"""\n'
    found = find_secrets(text, {"DEPLOY_KEY": value})
    assert [each.line for each in found] == [3]
    assert "DEPLOY_KEY" in found[0].what
    assert find_secrets("x = 1\n", {"DEPLOY_KEY": value}) == []
