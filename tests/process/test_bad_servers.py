"""Servers that are broken, slow, overloaded or hostile: an end in time, few bytes, a failure named by its cause.

Every server is asked for a script by `resolve_source`, as `pyst install` does it; nothing may be kept of what it says.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from pyst.sharing.resolving import resolve_source
from pyst.sharing.source import parse_source
from pyst.system.fetch_failure import FetchFailure
from pyst.system.http import MOST_ATTEMPTS, Fetcher
from tests.support.loopback import Authority, Handler, Talk, make_authority, serving

MOST_BYTES = 1 << 20
SLACK_BYTES = 24 << 20
"""What lies in the buffers of two sockets and of TLS when a client turns away."""
NOW = 1_800_000_000.0
DRIP_SECONDS = 0.02
SCRIPT = b"print('hello')\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def fetcher(authority: Authority) -> Callable[..., Fetcher]:
    def make(**given: object) -> Fetcher:
        chosen: dict[str, object] = {
            "most_bytes": MOST_BYTES,
            "total_seconds": 20.0,
            "stall_seconds": 0.3,
            "sleep": lambda _: None,
            "wall_clock": lambda: NOW,
            **given,
        }
        base = str(chosen.pop("api_base", "https://api.github.com"))
        return Fetcher({"SSL_CERT_FILE": str(authority.file)}, base, **chosen)  # type: ignore[arg-type]

    return make


@pytest.fixture(autouse=True)
def _nothing_is_kept(tmp_path: Path) -> Iterator[None]:
    """No file is made or changed, in the current folder or that of temporary files."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "hello.py").write_bytes(b"old\n")
    descriptors = len(os.listdir("/dev/fd"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.chdir(folder)
        yield
    assert [(each.name, each.read_bytes()) for each in folder.iterdir()] == [("hello.py", b"old\n")]
    assert len(os.listdir("/dev/fd")) <= descriptors


def fails(fetcher: Fetcher, address: str, *, sha256: str | None = None) -> FetchFailure:
    with pytest.raises(FetchFailure) as caught:
        resolve_source(parse_source(address, "/", fetcher.api_base), fetcher, sha256=sha256)
    assert caught.value.message.isprintable()
    return caught.value


# Answers that never end, or never begin


def drip(talk: Talk, data: bytes) -> None:
    """One byte after another, slowly, for as long as anybody listens."""
    while True:
        for at in range(len(data)):
            talk.say(data[at : at + 1])
            if talk.stopped.wait(DRIP_SECONDS):
                return


def endless(talk: Talk, data: bytes) -> None:
    while not talk.stopped.is_set() and talk.sent_bytes < 10 << 30:
        talk.say(data)


def stall(talk: Talk) -> None:
    talk.stopped.wait(30)


def head(talk: Talk, *lines: str) -> None:
    talk.say("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode())


def stalls_within_the_body(talk: Talk) -> None:
    head(talk, "content-length: 100")
    talk.say(b"print(")
    stall(talk)


def drips_the_body(talk: Talk) -> None:
    head(talk, "content-length: 1000000")
    drip(talk, b"# slow\n")


def drips_the_head(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 200 OK\r\n")
    drip(talk, b"x-slow: very\r\n")


def drips_chunks(talk: Talk) -> None:
    head(talk, "transfer-encoding: chunked")
    drip(talk, b"1\r\n#\r\n")


SLOW: dict[str, Handler] = {
    "says nothing": stall,
    "stalls within the body": stalls_within_the_body,
    "drips the head": drips_the_head,
    "drips the body": drips_the_body,
    "drips chunks": drips_chunks,
}


@pytest.mark.parametrize("handler", SLOW.values(), ids=SLOW)
def test_a_slow_server_is_left(handler: Handler, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(handler, authority.context()) as server:
        failure = fails(fetcher(total_seconds=1.2), f"{server.url}/hello.py")
        assert failure.code == "E_FETCH_TIMEOUT"
        assert 1 <= len(server.talks) <= MOST_ATTEMPTS
    assert "too slow" in failure.message


# Answers that are none


def reset(talk: Talk) -> None:
    head(talk, "content-length: 100")
    talk.say(b"print(")
    talk.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(talk.raw.detach())


def bomb() -> bytes:
    """Some 2 MB that become 2 GB."""
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(1 << 20)
    return b"".join(packer.compress(piece) for _ in range(300)) + packer.flush()


BOMB = bomb()
GZIPPED = gzip.compress(SCRIPT * 100)


def says(data: bytes) -> Handler:
    return lambda talk: talk.say(data)


def answers(status: int | str = 200, body: bytes = b"", **headers: str) -> Handler:
    return lambda talk: talk.answer(status, body, **headers)


def chunks(data: bytes) -> Handler:
    return says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data)


def then_endless(start: bytes, data: bytes) -> Handler:
    def handler(talk: Talk) -> None:
        talk.say(start)
        endless(talk, data)

    return handler


OK = b"HTTP/1.1 200 OK\r\n"
KIB = b"#" * 1023 + b"\n"
MIB = KIB * 1024

WRONG: dict[str, tuple[Handler, str]] = {
    "hangs up at once": (lambda talk: None, "E_FETCH_BROKEN"),
    "hangs up within the head": (says(OK + b"Content-Le"), "E_FETCH_BROKEN"),
    "hangs up within the body": (answers(200, SCRIPT, content_length="500"), "E_FETCH_BROKEN"),
    "resets within the body": (reset, "E_FETCH_BROKEN"),
    "a status line of garbage": (says(b"\x00\xff\x13garbage\r\n\r\n"), "E_FETCH_BROKEN"),
    "a status that is no number": (says(b"HTTP/1.1 OK fine\r\n\r\n"), "E_FETCH_BROKEN"),
    "the server of something else": (says(b"SSH-2.0-OpenSSH_9.6\r\n"), "E_FETCH_BROKEN"),
    "a body without a head": (says(SCRIPT), "E_FETCH_BROKEN"),
    "a length that is no number": (answers(200, SCRIPT, content_length="-1"), "E_FETCH_BROKEN"),
    "two lengths": (says(OK + b"Content-Length: 5\r\nContent-Length: 15\r\n\r\n" + SCRIPT), "E_FETCH_BROKEN"),
    "chunks of garbage": (chunks(b"zz\r\nprint(1)\r\n0\r\n\r\n"), "E_FETCH_BROKEN"),
    "a chunk of negative length": (chunks(b"-5\r\nprint(1)\r\n0\r\n\r\n"), "E_FETCH_BROKEN"),
    "chunks that break off": (chunks(b"5\r\nprint\r\n"), "E_FETCH_BROKEN"),
    "a chunk that breaks off": (chunks(b"fff\r\nprint(1)"), "E_FETCH_BROKEN"),
    "an unknown transfer coding": (answers(200, SCRIPT, transfer_encoding="gzip"), "E_FETCH_BROKEN"),
    "an unknown content coding": (answers(200, SCRIPT, content_encoding="br"), "E_FETCH_BROKEN"),
    "gzip that is none": (answers(200, SCRIPT, content_encoding="gzip"), "E_FETCH_BROKEN"),
    "gzip that is damaged": (answers(200, GZIPPED[:20] + b"\xff" * 9, content_encoding="gzip"), "E_FETCH_BROKEN"),
    "gzip that ends early": (answers(200, GZIPPED[:-9], content_encoding="gzip"), "E_FETCH_BROKEN"),
    "gzip with something behind it": (answers(200, GZIPPED + b"more", content_encoding="gzip"), "E_FETCH_BROKEN"),
    "a part that was not asked for": (answers(206, SCRIPT, content_range="bytes 0-14/15"), "E_FETCH_BROKEN"),
    "a gzip bomb": (answers(200, BOMB, content_encoding="gzip"), "E_FETCH_TOO_LARGE"),
    "gzip bombs in a row": (answers(200, BOMB * 2, content_encoding="gzip"), "E_FETCH_TOO_LARGE"),
    "10 GB, declared": (then_endless(OK + b"Content-Length: 10737418240\r\n\r\n", MIB), "E_FETCH_TOO_LARGE"),
    "10 GB without a length": (then_endless(OK + b"\r\n", MIB), "E_FETCH_TOO_LARGE"),
    "10 GB in chunks": (
        then_endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"400\r\n" + KIB + b"\r\n"),
        "E_FETCH_TOO_LARGE",
    ),
    "10 GB in chunks of one byte": (
        then_endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n#\r\n" * 1000),
        "E_FETCH_TOO_LARGE",
    ),
    "10 GB of one chunk's length": (
        then_endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
        "E_FETCH_BROKEN",
    ),
    "10 GB of trailers": (
        then_endless(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x-more: yes\r\n" * 1000),
        "E_FETCH_TOO_LARGE",
    ),
    "a header without an end": (then_endless(OK + b"x-long: ", KIB.strip()), "E_FETCH_BROKEN"),
    "headers without an end": (then_endless(OK, b"x-more: yes\r\n" * 100), "E_FETCH_BROKEN"),
    "long headers without an end": (then_endless(OK, b"x-more: " + b"y" * 60000 + b"\r\n"), "E_FETCH_TOO_LARGE"),
    "announcements without an end": (then_endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "E_FETCH_TOO_LARGE"),
    "a failure of 10 GB": (
        then_endless(b"HTTP/1.1 404 Not Found\r\n\r\n", MIB),
        "E_FETCH_MISSING",
    ),
    "no content": (answers(204), "E_FETCH_ANSWER"),
    "an empty script": (answers(200, b" \n"), "E_FETCH_ANSWER"),
    "a web page": (answers(200, b"\n<!DOCTYPE html><html><body>Sign in</body></html>"), "E_FETCH_ANSWER"),
    "a switch of protocols": (says(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), "E_FETCH_REFUSED"),
    "unchanged, though nobody asked": (answers(304), "E_FETCH_REFUSED"),
    "a redirect to nowhere": (answers(302), "E_FETCH_REFUSED"),
    "an unknown status": (answers(799), "E_FETCH_SERVER"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_broken_answer_is_not_taken(case: str, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    handler, code = WRONG[case]
    with serving(handler, authority.context()) as server:
        failure = fails(fetcher(), f"{server.url}/hello.py")
        assert failure.code == code
        assert 1 <= len(server.talks) <= MOST_ATTEMPTS
        assert server.sent_bytes < (MOST_BYTES + SLACK_BYTES) * len(server.talks)
    assert failure.is_temporary == (len(server.talks) == MOST_ATTEMPTS)


# Refusals

STATUSES: dict[int, tuple[str, bool]] = {
    400: ("E_FETCH_REFUSED", False),
    401: ("E_FETCH_DENIED", False),
    403: ("E_FETCH_DENIED", False),
    404: ("E_FETCH_MISSING", False),
    408: ("E_FETCH_SERVER", True),
    409: ("E_FETCH_CONFLICT", False),
    410: ("E_FETCH_MISSING", False),
    412: ("E_FETCH_CONFLICT", False),
    418: ("E_FETCH_REFUSED", False),
    422: ("E_FETCH_REFUSED", False),
    451: ("E_FETCH_REFUSED", False),
    500: ("E_FETCH_SERVER", True),
    501: ("E_FETCH_SERVER", False),
    502: ("E_FETCH_SERVER", True),
    503: ("E_FETCH_SERVER", True),
    504: ("E_FETCH_SERVER", True),
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_refusal_is_told(status: int, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    code, is_temporary = STATUSES[status]
    body = b'{"message": "Said by \\u001b[31mthe server\\u202e"}'
    waits: list[float] = []
    with serving(answers(status, body), authority.context()) as server:
        failure = fails(fetcher(sleep=waits.append, chance=lambda: 1.0), f"{server.url}/hello.py")
    assert (failure.code, failure.status) == (code, status)
    assert "«Said by [31mthe server»" in failure.message
    assert str(status) in failure.message
    assert waits == ([0.5, 1.0, 2.0] if is_temporary else [])


LATE = "Fri, 15 Jan 2027 08:12:00 GMT"
LIMITS: dict[str, tuple[int, dict[str, str], list[float], str]] = {
    "at once": (429, {}, [], "was asked too often"),
    "for a moment": (429, {"retry_after": "3"}, [3.25, 3.5, 4.0], "in 3 s"),
    "for an hour": (429, {"retry_after": "3600"}, [], "at 2027-01-15 09:00:00 UTC (in 60 minutes)"),
    "until a time": (429, {"retry_after": LATE}, [], "at 2027-01-15 08:12:00 UTC (in 12 minutes)"),
    "for ever": (429, {"retry_after": "9" * 40}, [], "in 8784 hours"),
    "for nonsense": (429, {"retry_after": "soon"}, [], "was asked too often"),
    "by GitHub": (
        403,
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1800000900"},
        [],
        "at 2027-01-15 08:15:00 UTC (in 15 minutes)",
    ),
    "by GitHub, nearly over": (
        403,
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1800000002"},
        [2.25, 2.5, 3.0],
        "in 2 s",
    ),
    "by GitHub, the second limit": (403, {"retry_after": "60"}, [], "in 60 s"),
    "overloaded for a moment": (503, {"retry_after": "1"}, [1.25, 1.5, 2.0], "in 1 s"),
    "overloaded for long": (503, {"retry_after": "900"}, [], "in 15 minutes"),
}


@pytest.mark.parametrize("case", LIMITS)
def test_a_limit_says_when(case: str, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    status, headers, expected, words = LIMITS[case]
    waits: list[float] = []
    told: list[str] = []
    made = fetcher(sleep=waits.append, tell=told.append, chance=lambda: 0.0)
    with serving(answers(status, b"{}", **headers), authority.context()) as server:
        failure = fails(made, f"{server.url}/hello.py")
        assert len(server.talks) == len(waits) + 1
    assert failure.code == ("E_FETCH_SERVER" if status == 503 else "E_FETCH_LIMIT")
    assert words in failure.message
    assert waits == expected
    assert len(told) == len(waits)


# Redirects


def redirects(where: str, status: int = 302) -> Handler:
    return lambda talk: talk.answer(status, b"", location=where.replace("PATH", talk.path))


ASTRAY = {
    "to itself": "/hello.py",
    "ever further": "PATH/more",
    "to http": "http://127.0.0.1:1/hello.py",
    "to a file": "file:///etc/passwd",
    "to data": "data:text/plain,print(1)",
    "to ftp": "ftp://127.0.0.1/hello.py",
    "to no host": "https:///hello.py",
    "to a port that is none": "https://example.org:99999999/hello.py",
    "to brackets that are none": "https://[::1/hello.py",
    "with a password": "https://you:secret@example.org/hello.py",
    "with blanks": "https://example.org/a b",
    "with letters": "https://exämple.org/",
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ASTRAY.values(), ids=ASTRAY)
def test_a_redirect_astray_is_not_followed(
    where: str, status: int, authority: Authority, fetcher: Callable[..., Fetcher]
) -> None:
    with serving(redirects(where, status), authority.context()) as server:
        failure = fails(fetcher(), f"{server.url}/hello.py")
        assert len(server.talks) == (6 if "PATH" in where else 1)
    assert failure.code == "E_FETCH_REDIRECT"
    assert "secret" not in failure.message


def test_a_circle_is_seen(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    def handler(talk: Talk) -> None:
        talk.answer(302, b"", location="/b.py#there" if talk.path == "/a.py" else "/a.py")

    with serving(handler, authority.context()) as server:
        failure = fails(fetcher(), f"{server.url}/a.py")
        assert server.requests == ["GET /a.py", "GET /b.py"]
    assert "circle" in failure.message


INNER = (
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "10.1.2.3",
    "192.168.0.1",
    "172.16.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[64:ff9b::7f00:1]",
    "0.0.0.0",
    "224.0.0.1",
)


@pytest.mark.parametrize("host", INNER)
def test_nobody_leads_to_inner_addresses(host: str, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(answers(200, SCRIPT), authority.context()) as inner:
        where = f"https://{host}:{inner.port}/hello.py"
        with serving(redirects(where), authority.context()) as server:
            failure = fails(fetcher(), f"{server.url}/hello.py")
            assert len(server.talks) == 1
        assert inner.talks == []
    assert failure.code == "E_FETCH_PRIVATE"


# TLS


def self_signed(authority: Authority) -> ssl.SSLContext:
    return make_stranger().context()


def make_stranger() -> Authority:
    return Authority(trustme.CA(), Path("nowhere"))


def expired(authority: Authority) -> ssl.SSLContext:
    return authority.context("127.0.0.1", expired=True)


def of_another_name(authority: Authority) -> ssl.SSLContext:
    return authority.context("example.org")


def of_another_address(authority: Authority) -> ssl.SSLContext:
    return authority.context("127.0.0.2")


def too_old(authority: Authority) -> ssl.SSLContext:
    context = authority.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


CERTIFICATES: dict[str, tuple[Callable[[Authority], ssl.SSLContext], str]] = {
    "of a stranger": (self_signed, "signed by somebody who is not trusted"),
    "expired": (expired, "has expired"),
    "of another name": (of_another_name, "for another"),
    "of another address": (of_another_address, "for another address"),
    "too old": (too_old, "does not speak TLS properly"),
}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("case", CERTIFICATES)
def test_who_does_not_prove_who_it_is(case: str, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    make, words = CERTIFICATES[case]
    with serving(answers(200, SCRIPT), make(authority)) as server:
        failure = fails(fetcher(), f"{server.url}/hello.py")
        assert server.talks == []
    assert failure.code == "E_FETCH_TLS"
    assert words in failure.message


def test_a_server_without_tls(fetcher: Callable[..., Fetcher]) -> None:
    with serving(answers(200, SCRIPT)) as server:
        failure = fails(fetcher(), server.url.replace("http:", "https:") + "/hello.py")
    assert failure.code in ("E_FETCH_TLS", "E_FETCH_TIMEOUT")


def test_a_handshake_that_nobody_answers(fetcher: Callable[..., Fetcher]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:  # the system accepts, and that is all
        port = listening.getsockname()[1]
        failure = fails(fetcher(total_seconds=0.8), f"https://127.0.0.1:{port}/hello.py")
    assert failure.code == "E_FETCH_TIMEOUT"


def test_a_handshake_that_is_hung_up_on(fetcher: Callable[..., Fetcher]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def hang_up() -> None:
            for _ in range(MOST_ATTEMPTS):
                listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        failure = fails(fetcher(), f"https://127.0.0.1:{port}/hello.py")
        thread.join(20)
    assert failure.code == "E_FETCH_TLS"


def test_nobody_is_there(fetcher: Callable[..., Fetcher]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    waits: list[float] = []
    failure = fails(fetcher(sleep=waits.append), f"https://127.0.0.1:{port}/hello.py")
    assert failure.code == "E_FETCH_UNREACHABLE"
    assert len(waits) == MOST_ATTEMPTS - 1


def test_certificates_that_can_not_be_read(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    for name in ("broken.pem", "absent.pem"):
        fetcher = Fetcher({"SSL_CERT_FILE": str(tmp_path / name)}, "https://api.github.com", sleep=lambda _: None)
        with serving(answers(200, SCRIPT), authority.context()) as server:
            failure = fails(fetcher, f"{server.url}/hello.py")
        assert failure.code == "E_FETCH_TLS"
        assert "SSL_CERT_FILE" in failure.message


# Content that is not what it should be


def test_content_of_another_hash(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(answers(200, SCRIPT), authority.context()) as server:
        failure = fails(fetcher(), f"{server.url}/hello.py", sha256="0" * 64)
    assert failure.code == "E_FETCH_HASH"


API: dict[str, tuple[Handler, str]] = {
    "a web page": (answers(200, b"<html>Sign in</html>", content_type="text/html"), "E_FETCH_ANSWER"),
    "nothing": (answers(200, b""), "E_FETCH_ANSWER"),
    "half of it": (answers(200, b'{"sha": "'), "E_FETCH_ANSWER"),
    "another charset": (answers(200, '{"sha": "ä"}'.encode("latin-1")), "E_FETCH_ANSWER"),
    "nested without end": (answers(200, b"[" * 100_000), "E_FETCH_ANSWER"),
    "a number too long": (answers(200, b"9" * 100_000), "E_FETCH_ANSWER"),
    "another shape": (answers(200, b"[1, 2]"), "E_FETCH_ANSWER"),
    "another type": (answers(200, b'{"sha": 5}'), "E_FETCH_ANSWER"),
    "no commit": (answers(200, json.dumps({"sha": "../../x"}).encode()), "E_FETCH_ANSWER"),
    "no repository": (answers(404, b'{"message": "Not Found"}'), "E_FETCH_MISSING"),
    "an empty repository": (answers(409, b'{"message": "Git Repository is empty."}'), "E_FETCH_CONFLICT"),
    "no ref": (answers(422, b'{"message": "No commit found for SHA: x"}'), "E_FETCH_MISSING"),
    "bad credentials": (answers(401, b'{"message": "Bad credentials"}'), "E_FETCH_DENIED"),
    "a limit": (answers(403, b'{"message": "API rate limit exceeded for 127.0.0.1"}'), "E_FETCH_LIMIT"),
}


@pytest.mark.parametrize("case", API)
def test_an_api_that_is_none(case: str, fetcher: Callable[..., Fetcher]) -> None:
    handler, code = API[case]
    with serving(handler) as server:
        made = fetcher(api_base=server.url, token="ghp_canary0123456789")
        for word in ("gh:owner/repository/hello.py@main", "gist:0123abcd"):
            failure = fails(made, word)
            assert failure.code == ("E_FETCH_REFUSED" if failure.status == 422 and word[:5] == "gist:" else code)
            assert "canary" not in failure.message + failure.hint
        assert all(each.header("authorization") == "Bearer ghp_canary0123456789" for each in server.talks)


def test_there_are_enough_of_them() -> None:
    assert len(SLOW) + len(WRONG) + len(STATUSES) + len(LIMITS) + len(ASTRAY) + len(CERTIFICATES) + len(API) >= 100
