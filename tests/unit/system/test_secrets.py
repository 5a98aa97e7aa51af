"""What is masked, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.system.secrets import MASK, is_secret, mask, mask_words, masked


@pytest.mark.parametrize(
    "name",
    ["GITHUB_TOKEN", "API_KEY", "api-key", "--api-key", "MY_SECRET", "PASSWORD", "DB_PASSWORD", "PGPASSWORD",
     "password", "GITHUB_PAT", "OPENAI_APIKEY", "token", "share.token"],
)  # fmt: skip
def test_secret_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["PATH", "MONKEY", "KEYBOARD", "HOME", "TOKENIZER", "SECRETARY", "", "api_key_env"])
def test_other_names(name: str) -> None:
    assert not is_secret(name)


def test_configured_globs_add_names() -> None:
    assert is_secret("SECRET_SAUCE", ("SECRET_*",))
    assert is_secret("secret_sauce", ("SECRET_*",))
    assert not is_secret("SAUCE", ("SECRET_*",))


def test_variables() -> None:
    environ = {"A_TOKEN": "x", "B": "https://u:p@host/x", "C_KEY": "", "D": "plain"}
    assert masked(environ) == {"A_TOKEN": MASK, "B": f"https://{MASK}@host/x", "C_KEY": "", "D": "plain"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:pass@host/p?q=1", "https://****@host/p?q=1"),
        ("https://token@host", "https://****@host"),
        ("see (https://a:b@c) and ssh://d:e@f/", "see (https://****@c) and ssh://****@f/"),
        ("git+ssh://git@host/a/b#c.py", "git+ssh://git@host/a/b#c.py"),
        ("ssh://git:p@host ssh://gitx@host", "ssh://****@host ssh://****@host"),
        ("https://a:p@ss@host", "https://****@host"),
        ("https://host/@scope", "https://host/@scope"),
        ("mail me@host://", "mail me@host://"),
        ("--index-url=https://u:p@h/simple", "--index-url=https://****@h/simple"),
        ("API_TOKEN=abc next", "API_TOKEN=**** next"),
        ("api-key='a b' x", "api-key=**** x"),
        ("https://h/?access_token=abc&x=1", "https://h/?access_token=****&x=1"),
        ("TOKEN=", "TOKEN="),
        ("a=b", "a=b"),
        ("TOKEN='open x", "TOKEN=**** x"),
    ],
)
def test_text(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_values_of_secret_variables_are_masked_wherever_they_stand() -> None:
    environ = {"A_TOKEN": "hunter22", "B_KEY": "hunter2222", "C_KEY": "abc", "USER": "somebody"}
    assert mask("hunter2222 and hunter22 of somebody, abc", environ) == "**** and **** of somebody, abc"


def test_words() -> None:
    words = ["--token", "abc", "--token=abc", "--name", "abc", "https://u:p@h"]
    assert mask_words(words) == ["--token", MASK, "--token=****", "--name", "abc", "https://****@h"]


@given(st.text("ab=:/@'\" &KEY_", max_size=40))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.text("abc123", min_size=6, max_size=12), st.text(max_size=10), st.text(max_size=10))
def test_a_secret_never_comes_through(secret: str, before: str, after: str) -> None:
    assert secret not in mask(f"{before}{secret}{after}", {"MY_TOKEN": secret})
    if secret not in before + after:
        assert secret not in mask(f"{before} MY_TOKEN={secret} {after}")
    assert secret not in mask(f"https://u:{secret}@host")
