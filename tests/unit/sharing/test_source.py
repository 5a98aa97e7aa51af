"""Words that name scripts elsewhere: what each means, and what means nothing."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.sharing.source import Source, parse_source

REVISION = "0123456789abcdef0123456789abcdef01234567"
GIST = "aa5a315d61ae9438b18d0a0a0a0a0a0a"


def github(path: str, ref: str = "", *, is_guessed: bool = False) -> Source:
    return Source("github", "", owner="o", repository="r", path=path, ref=ref, is_guessed=is_guessed)


def gist(revision: str = "", file: str = "") -> Source:
    return Source("gist", "", gist=GIST, revision=revision, file=file)


def git(address: str, path: str, ref: str = "") -> Source:
    return Source("git", "", address, path=path, ref=ref)


MEANINGS = {
    "a.py": Source("file", "", "/here/a.py"),
    "../a b.py": Source("file", "", "/a b.py"),
    "/abs/./a.py": Source("file", "", "/abs/a.py"),
    "./gh:o/r/a.py": Source("file", "", "/here/gh:o/r/a.py"),
    "C:a.py": Source("file", "", "/here/C:a.py"),
    "https://Example.ORG/a.py": Source("https", "", "https://example.org/a.py"),
    "HTTPS://example.org:443/a.py": Source("https", "", "https://example.org/a.py"),
    "https://example.org:08443/a%20b.py": Source("https", "", "https://example.org:8443/a%20b.py"),
    "https://example.org": Source("https", "", "https://example.org/"),
    "https://example.org/ä b.py?v=1&w=ü#L3": Source("https", "", "https://example.org/%C3%A4%20b.py?v=1&w=%C3%BC"),
    "https://bücher.example/a.py": Source("https", "", "https://xn--bcher-kva.example/a.py"),
    "https://[::1]:8443/a.py": Source("https", "", "https://[::1]:8443/a.py"),
    "gh:o/r/a.py": github("a.py"),
    "gh:o/r.git/d/a.py@v1.0": github("d/a.py", "v1.0"),
    "gh:o/r/@scope/a.py@feature/x": github("@scope/a.py", "feature/x"),
    f"gh:o/r/a.py@{REVISION}": github("a.py", REVISION),
    "https://github.com/o/r/blob/main/a.py": github("a.py", "main"),
    "https://www.github.com/o/r/blob/main/d/a.py?plain=1#L1-L9": github("d/a.py", "main", is_guessed=True),
    "https://github.com/o/r/raw/refs/heads/main/d/a%20b.py": github("d/a b.py", "main", is_guessed=True),
    "https://raw.githubusercontent.com/o/r/main/a.py?token=AAAA": github("a.py", "main"),
    "https://raw.githubusercontent.com/o/r/refs/tags/v1/a.py": github("a.py", "v1"),
    "https://github.com/o/r/releases/download/v1/a.py": Source(
        "https", "", "https://github.com/o/r/releases/download/v1/a.py"
    ),
    f"gist:{GIST}": gist(),
    f"gist:someone/{GIST.upper()}@{REVISION}#a.py": gist(REVISION, "a.py"),
    f"gist:{GIST}#file-a-py": gist("", "file-a-py"),
    f"https://gist.github.com/{GIST}": gist(),
    f"https://gist.github.com/someone/{GIST}": gist(),
    f"https://gist.github.com/cafe/{GIST}#file-a-py": gist("", "file-a-py"),
    f"https://gist.github.com/someone/{GIST}/{REVISION}": gist(REVISION),
    f"https://gist.github.com/someone/{GIST}/raw": gist(),
    f"https://gist.githubusercontent.com/someone/{GIST}/raw/a.py": gist("", "a.py"),
    f"https://gist.githubusercontent.com/someone/{GIST}/raw/{REVISION}/a.py": gist(REVISION, "a.py"),
    "git+https://example.org/r.git#a.py": git("https://example.org/r.git", "a.py"),
    "git+https://example.org:8443/g/r@v1#d/a.py": git("https://example.org:8443/g/r", "d/a.py", "v1"),
    "git+https://example.org/@g/r@v1#a.py": git("https://example.org/@g/r", "a.py", "v1"),
    "git+ssh://git@example.org/g/r.git@main#a.py": git("ssh://git@example.org/g/r.git", "a.py", "main"),
    "git+ssh://example.org:2222/r#a.py": git("ssh://example.org:2222/r", "a.py"),
    "git+file:///srv/r@main#a.py": git("file:///srv/r", "a.py", "main"),
    "git+file://localhost/srv/r#a.py": git("file:///srv/r", "a.py"),
}


@pytest.mark.parametrize("word", MEANINGS)
def test_what_a_word_means(word: str) -> None:
    assert parse_source(word, "/here")._replace(text="") == MEANINGS[word]


NONSENSE = [
    "",
    "a\0b.py",
    "a\nb.py",
    "\x1b[31m.py",
    "a\u202epy.exe",
    "x" * 2049,
    "http://example.org/a.py",
    "ftp://example.org/a.py",
    "file:///etc/passwd",
    "javascript://x/y",
    "https://",
    "https:///a.py",
    "https://exa mple.org/a.py",
    "https://-x/a.py",
    "https://a..b/a.py",
    "https://example.org:0/a.py",
    "https://example.org:65536/a.py",
    "https://example.org:１/a.py",
    "https://[::1/a.py",
    "https://\ufdfa.example/a.py",
    "gh:",
    "gh:o",
    "gh:o/r",
    "gh:o/r/",
    "gh:o/r/a.py@",
    "gh:/r/a.py",
    "gh:-o/r/a.py",
    "gh:o/../a.py",
    "gh:o/r/../a.py",
    "gh:o/r/./a.py",
    "gh:o/r//a.py",
    "gh:o/r/a.py@-upload-pack",
    "gh:o/r/a.py@a..b",
    "gh:o/r/a.py@a b",
    "gh:o/r/a.py@a~1",
    "gh:o/r/a.py@a^{tree}",
    "gh:o/r/a.py@x:y",
    "gh:o/r/a.py@x.lock",
    "gh:o/r/a.py@x/",
    "gh:o?x/r/a.py",
    "https://github.com/o/r",
    "https://github.com/o",
    "https://github.com/",
    "https://github.com/o/r/tree/main/d",
    "https://github.com/o/r/blob/main",
    "https://github.com/o/r/blob/main/..%2f..%2fa.py",
    "https://github.com/o/r/blob/main/%2e%2e/a.py",
    "gist:",
    "gist:xyz",
    f"gist:{GIST}@",
    f"gist:{GIST}@main",
    f"gist:{GIST}@abc",
    f"gist:{GIST}#../a.py",
    f"gist:{GIST}#..",
    f"gist:-x/{GIST}",
    "https://gist.github.com/",
    "https://gist.github.com/someone",
    f"https://gist.github.com/someone/{GIST}/raw/{REVISION}/a/b.py",
    "git+",
    "git+a.py",
    "git+http://example.org/r#a.py",
    "git+ext::sh -c id#a.py",
    "git+ext://sh#a.py",
    "git+git://example.org/r#a.py",
    "git+https://example.org#a.py",
    "git+https://example.org/#a.py",
    "git+https://example.org/r",
    "git+https://example.org/r#",
    "git+https://example.org/r?x=1#a.py",
    "git+https://example.org/r#../a.py",
    "git+https://example.org/r#/etc/passwd",
    "git+https://example.org/r@--upload-pack=x#a.py",
    "git+ssh://-oProxyCommand=id/r#a.py",
    "git+ssh://-oProxyCommand=id@example.org/r#a.py",
    "git+file://example.org/srv/r#a.py",
    "git@example.org:g/r",
]


@pytest.mark.parametrize("word", NONSENSE)
def test_what_means_nothing(word: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_source(word, "/here")
    assert (caught.value.code, caught.value.exit) == ("E_SOURCE", 64)
    assert caught.value.hint
    assert caught.value.message.isprintable()


SECRETS = [
    "https://you:c4n4ry@example.org/a.py",
    "https://c4n4ry@example.org/a.py",
    "https://example.org/a.py?access_token=c4n4ry",
    "https://example.org/a.py?X-Amz-Signature=c4n4ry",
    "git+https://you:c4n4ry@example.org/r#a.py",
    "git+https://c4n4ry@example.org/r#a.py",
    "git+ssh://git:c4n4ry@example.org/r#a.py",
]


@pytest.mark.parametrize("word", SECRETS)
def test_no_source_carries_a_secret(word: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_source(word, "/here")
    assert caught.value.code == "E_SOURCE"
    assert "c4n4ry" not in caught.value.message + caught.value.hint


def test_a_token_of_a_raw_address_is_dropped() -> None:
    found = parse_source("https://raw.githubusercontent.com/o/r/main/a.py?token=c4n4ry", "/")
    assert "c4n4ry" not in repr(found)


ENTERPRISE = "https://git.corp.example/api/v3"


def test_addresses_of_the_github_that_is_set() -> None:
    def of(word: str, base: str = ENTERPRISE) -> Source:
        return parse_source(word, "/", base)._replace(text="")

    assert of("https://git.corp.example/o/r/blob/main/a.py") == github("a.py", "main")
    assert of("https://git.corp.example/raw/o/r/main/a.py") == github("a.py", "main")
    assert of(f"https://git.corp.example/gist/someone/{GIST}") == gist()
    assert of(f"https://gist.git.corp.example/someone/{GIST}") == gist()
    assert of("https://corp.ghe.com/o/r/blob/main/a.py", "https://api.corp.ghe.com") == github("a.py", "main")
    assert of("https://github.com/o/r/blob/main/a.py", "http://127.0.0.1:8000") == github("a.py", "main")


def test_the_other_github_is_not_mistaken_for_it() -> None:
    raw = "https://raw.githubusercontent.com/o/r/main/a.py"
    assert parse_source(raw, "/", ENTERPRISE).kind == "https"
    with pytest.raises(Failure) as caught:
        parse_source("https://github.com/o/r/blob/main/d/a.py", "/", ENTERPRISE)
    assert "git+https://github.com/o/r@main#d/a.py" in caught.value.hint


NAMES = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
PARTS = st.text(string.ascii_letters + string.digits + "._- äß@+~", min_size=1, max_size=8).filter(
    lambda part: part not in (".", "..")
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
REFS = st.one_of(st.just(""), st.lists(NAMES, min_size=1, max_size=3).map("/".join))
HEX = st.text("0123456789abcdef", min_size=7, max_size=40)


@given(NAMES, NAMES, PATHS, REFS)
def test_words_of_repositories_are_read_as_they_are_written(owner: str, repository: str, path: str, ref: str) -> None:
    source = Source("github", "", owner=owner, repository=repository, path=path, ref=ref or "main")
    assert parse_source(source.word, "/")._replace(text="") == source


@given(HEX, st.one_of(st.just(""), HEX), st.one_of(st.just(""), PARTS.filter(lambda part: "#" not in part)))
def test_words_of_gists_are_read_as_they_are_written(identity: str, revision: str, file: str) -> None:
    source = Source("gist", "", gist=identity, revision=revision, file=file)
    assert parse_source(source.word, "/")._replace(text="") == source


@given(st.sampled_from(["https://h.example/", "ssh://git@h.example/", "file:///"]), NAMES, PATHS, REFS)
def test_words_of_git_are_read_as_they_are_written(start: str, place: str, path: str, ref: str) -> None:
    source = Source("git", "", start + place, path=path, ref=ref)
    assert parse_source(source.word, "/")._replace(text="") == source


STARTS = ["gh:", "gist:", "git+", "https://", "ssh://", "file://", "github.com", "gist.github.com", "raw", "blob"]
MARKS = ["/", "//", "@", "#", "?", ":", "..", ".", "-", "[", "]", "%2f", "%00", "\0", " "]
PIECES = st.sampled_from([*STARTS, *MARKS, "a.py", "o", "r", "main", "abc123", "ä"])


@given(st.lists(PIECES, max_size=12).map("".join))
@example("https://github.com//")
def test_every_word_is_understood_or_refused(word: str) -> None:
    source, code = None, ""
    try:
        source = parse_source(word, "/here")
    except Failure as failure:
        code = failure.code
    if source is None:
        assert code == "E_SOURCE"
        return
    assert source.kind in ("file", "https", "github", "gist", "git")
    again = parse_source(source.word, "/here")
    assert again._replace(text="", is_guessed=False) == source._replace(text="", is_guessed=False)
    if source.kind in ("github", "git"):
        assert ".." not in source.path.split("/")
        assert not source.ref.startswith("-")


def test_a_word_that_stops_at_the_owner_is_told() -> None:
    with pytest.raises(Failure, match="names no repository of `ada`"):
        parse_source("gh:ada", "/")
