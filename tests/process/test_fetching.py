"""Fetching that succeeds: attempts, parts, redirects among public names, secrets, proxies, an API on this machine."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable

import pytest

from pyst.errors import Failure
from pyst.sharing.resolving import resolve_source
from pyst.sharing.source import parse_source
from pyst.system.fetch_failure import FetchFailure
from pyst.system.http import Fetcher, json_of
from tests.support.loopback import Authority, Handler, Names, Talk, make_authority, serving

SCRIPT = b"print('hello')\n" * 200
PUBLIC, OTHER = "93.184.216.34", "2606:2800:21f:cb07::1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def fetcher(authority: Authority) -> Callable[..., Fetcher]:
    def make(environ: dict[str, str] | None = None, **given: object) -> Fetcher:
        chosen: dict[str, object] = {"sleep": lambda _: None, "total_seconds": 20.0, "stall_seconds": 5.0, **given}
        base = str(chosen.pop("api_base", "https://api.github.com"))
        variables = {"SSL_CERT_FILE": str(authority.file), **(environ or {})}
        return Fetcher(variables, base, **chosen)  # type: ignore[arg-type]

    return make


def in_turn(*handlers: Handler) -> Handler:
    """The first connection has the first handler, and so on; the last has all that follow."""
    return lambda talk: handlers[min(talk.number, len(handlers) - 1)](talk)


def says(status: int = 200, body: bytes = SCRIPT, **headers: str) -> Handler:
    return lambda talk: talk.answer(status, body, **headers)


@pytest.mark.parametrize("coding", ["plain", "gzip", "chunked", "until the end", "kept open"])
def test_a_script_comes_whole(coding: str, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    chunks = b"".join(b"%x;why=not\r\n%s\r\n" % (len(each), each) for each in (SCRIPT[:7], SCRIPT[7:]))

    def keep_open(talk: Talk) -> None:
        talk.answer(200, SCRIPT)
        talk.stopped.wait(20)

    handlers: dict[str, Handler] = {
        "plain": says(),
        "gzip": says(200, gzip.compress(SCRIPT), content_encoding="gzip"),
        "chunked": lambda talk: talk.say(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\nx: y\r\n\r\n"
        ),
        "until the end": lambda talk: talk.say(b"HTTP/1.0 200 OK\r\n\r\n" + SCRIPT),
        "kept open": keep_open,
    }
    with serving(handlers[coding], authority.context()) as server:
        response = fetcher().get(f"{server.url}/a%20b.py?x=1#part")
        assert response.body == SCRIPT
        assert server.requests == ["GET /a%20b.py?x=1"]
        assert server.talks[0].header("host") == f"127.0.0.1:{server.port}"
        assert (server.talks[0].header("user-agent") or "").startswith("pyst/")


def cut_after(count: int, **headers: str) -> Handler:
    return lambda talk: talk.answer(200, SCRIPT[:count], content_length=str(len(SCRIPT)), **headers)


def rest(talk: Talk) -> None:
    """The part that was asked for, of what has the tag `"one"`."""
    start = int((talk.header("range") or "").removeprefix("bytes=").removesuffix("-"))
    assert talk.header("if-range") == '"one"'
    talk.answer(206, SCRIPT[start:], content_range=f"bytes {start}-{len(SCRIPT) - 1}/{len(SCRIPT)}", etag='"one"')


def test_what_broke_off_is_gone_on_with(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    def rest_in_part(talk: Talk) -> None:
        talk.answer(
            206, SCRIPT[1000:1500], content_length=str(len(SCRIPT) - 1000), content_range="bytes 1000-2999/3000"
        )

    handler = in_turn(cut_after(1000, etag='"one"'), says(503, b""), rest_in_part, rest)
    told: list[str] = []
    with serving(handler, authority.context()) as server:
        assert fetcher(tell=told.append).get(f"{server.url}/hello.py").body == SCRIPT
        assert [each.header("range") for each in server.talks] == [None, *["bytes=1000-"] * 2, "bytes=1500-"]
    assert [each.rpartition(";")[0].rpartition(": ")[2] for each in told] == [
        "it breaks off",
        "503 Service Unavailable",
        "it breaks off",
    ]


def test_what_is_coded_is_gone_on_with_as_it_came(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    packed = gzip.compress(SCRIPT)

    def handler(talk: Talk) -> None:
        start = 0 if talk.number == 0 else 20
        status, given = (206, {"content_range": f"bytes 20-{len(packed) - 1}/{len(packed)}"}) if start else (200, {})
        body = packed[start:] if start else packed[:20]
        length = str(len(packed) - start)
        talk.answer(status, body, content_length=length, etag='"z"', content_encoding="gzip", **given)

    with serving(handler, authority.context()) as server:
        assert fetcher().get(f"{server.url}/hello.py").body == SCRIPT
        assert len(server.talks) == 2


@pytest.mark.parametrize(
    "begin", [{}, {"etag": 'W/"weak"'}, {"etag": '"one"', "accept_ranges": "none"}], ids=["no tag", "weak", "no ranges"]
)
def test_without_a_strong_tag_it_begins_anew(
    begin: dict[str, str], authority: Authority, fetcher: Callable[..., Fetcher]
) -> None:
    with serving(in_turn(cut_after(1000, **begin), says()), authority.context()) as server:
        assert fetcher().get(f"{server.url}/hello.py").body == SCRIPT
        assert server.talks[1].header("range") is None


CHANGED = b"print('changed')\n"


@pytest.mark.parametrize(
    ("second", "asked"),
    [
        (says(200, CHANGED), 2),  # the rest of another version is not given
        (in_turn(says(), says(416, b""), says(200, CHANGED)), 3),
        (in_turn(says(), says(206, b"x", content_range="bytes 7-7/3000"), says(200, CHANGED)), 3),
    ],
    ids=["changed", "no such part", "another part"],
)
def test_what_was_changed_meanwhile_begins_anew(
    second: Handler, asked: int, authority: Authority, fetcher: Callable[..., Fetcher]
) -> None:
    with serving(in_turn(cut_after(1000, etag='"one"'), second), authority.context()) as server:
        assert fetcher().get(f"{server.url}/hello.py").body == CHANGED
        assert len(server.talks) == asked


def test_a_change_is_asked_for_once(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    for handler in (says(502, b""), lambda talk: None):
        with serving(handler, authority.context()) as server:
            with pytest.raises(FetchFailure):
                fetcher().send("POST", f"{server.url}/gists", body=b"{}")
            assert len(server.talks) == 1


def test_a_change_that_was_refused_is_asked_for_again(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    handler = in_turn(says(429, b"", retry_after="1"), says(503, b"", retry_after="1"), says(201, b'{"id": "a"}'))
    with serving(handler, authority.context()) as server:
        response = fetcher().send("POST", f"{server.url}/gists", body=b'{"x": 1}')
        assert json_of(response) == {"id": "a"}
        assert [each.request.partition(b"\r\n\r\n")[2] for each in server.talks] == [b'{"x": 1}'] * 3


def test_a_redirected_change_is_not_repeated_elsewhere(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(says(307, b"", location="/other"), authority.context()) as server:
        with pytest.raises(FetchFailure) as caught:
            fetcher().send("PATCH", f"{server.url}/gists/a", body=b"{}")
        assert len(server.talks) == 1
    assert caught.value.code == "E_FETCH_REDIRECT"


def test_the_same_is_not_given_again(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(says(304, b""), authority.context()) as server:
        response = fetcher().get(f"{server.url}/hello.py", {"If-None-Match": '"one"'})
    assert (response.status, response.body) == (304, b"")


# Names and addresses


def test_redirects_among_public_names_are_followed(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    def first(talk: Talk) -> None:
        talk.answer(302, b"", location="//second.test/x.py?signature=abc")

    with (
        serving(first, authority.context("first.test")) as one,
        serving(says(), authority.context("second.test")) as two,
    ):
        names = Names({"first.test": [PUBLIC], "second.test": [OTHER]}, {PUBLIC: one.port, OTHER: two.port})
        given = {"Authorization": "Basic c2VjcmV0", "Cookie": "a=b", "X-Plain": "yes"}
        response = fetcher(network=names).get("https://first.test/x.py", given)
        assert response.body == SCRIPT
        assert response.address == "https://second.test/x.py?signature=abc"
        assert names.connected == [PUBLIC, OTHER]
        assert [one.talks[0].header(each) for each in given] == list(given.values())
        assert [two.talks[0].header(each) for each in given] == [None, None, "yes"]
        assert two.talks[0].header("host") == "second.test"


@pytest.mark.parametrize("inner", ["127.0.0.1", "10.0.0.8", "::1", "::ffff:10.0.0.8", "fe80::1%1", "169.254.169.254"])
def test_a_name_that_means_an_inner_address_is_not_followed(
    inner: str, authority: Authority, fetcher: Callable[..., Fetcher]
) -> None:
    context = authority.context("first.test", "second.test")
    with serving(says(302, b"", location="https://second.test/x.py"), context) as server:
        names = Names({"first.test": [PUBLIC], "second.test": [inner]}, {PUBLIC: server.port})
        with pytest.raises(FetchFailure) as caught:
            fetcher(network=names).get("https://first.test/x.py")
    assert caught.value.code == "E_FETCH_PRIVATE"
    assert inner in caught.value.message
    assert names.connected == [PUBLIC]


def test_a_name_that_changes_its_meaning_is_of_no_use(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    """DNS rebinding: public when it is asked first, this machine when it is asked again."""
    with serving(says(302, b"", location="/secret"), authority.context("first.test")) as server:
        names = Names({"first.test": [PUBLIC, "127.0.0.1"]}, {PUBLIC: server.port, "127.0.0.1": server.port})
        with pytest.raises(FetchFailure) as caught:
            fetcher(network=names).get("https://first.test/x.py")
        assert server.requests == ["GET /x.py"]
    assert caught.value.code == "E_FETCH_PRIVATE"


def test_an_inner_server_that_was_typed_may_lead_to_itself(
    authority: Authority, fetcher: Callable[..., Fetcher]
) -> None:
    handler = in_turn(says(302, b"", location="/there.py"), says())
    with serving(handler, authority.context("inside.test")) as server:
        names = Names({"inside.test": ["10.0.0.8"]}, {"10.0.0.8": server.port})
        assert fetcher(network=names).get("https://inside.test/x.py").body == SCRIPT
    with pytest.raises(FetchFailure) as caught:
        fetcher(network=names).get("https://inside.test/x.py", is_typed=False)
    assert caught.value.code == "E_FETCH_PRIVATE"


def test_a_host_with_several_addresses_is_tried_at_all(
    authority: Authority, fetcher: Callable[..., Fetcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(says(), authority.context("first.test")) as server, socket.create_server(("127.0.0.1", 0)) as closed:
        names = Names({}, {PUBLIC: server.port, OTHER: closed.getsockname()[1]})
        closed.close()
        monkeypatch.setattr(names, "resolve", lambda host, port: [OTHER, PUBLIC])
        assert fetcher(network=names).get("https://first.test/x.py").body == SCRIPT
    assert names.connected == [OTHER, PUBLIC]


def test_a_resolver_that_never_answers_is_left(fetcher: Callable[..., Fetcher]) -> None:
    waiting = threading.Event()

    class Silent(Names):
        def resolve(self, host: str, port: int) -> list[str]:
            waiting.wait(20)
            return []

    with pytest.raises(FetchFailure) as caught:
        fetcher(network=Silent({}, {}), total_seconds=0.3).get("https://first.test/x.py")
    waiting.set()
    assert caught.value.code == "E_FETCH_TIMEOUT"


def test_a_name_that_nobody_knows(fetcher: Callable[..., Fetcher]) -> None:
    waits: list[float] = []
    with pytest.raises(FetchFailure) as caught:
        fetcher(network=Names({}, {}), sleep=waits.append).get("https://nobody.test/x.py")
    assert caught.value.code == "E_FETCH_UNREACHABLE"
    assert waits == []


# The API


def test_the_token_is_for_the_api_alone(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(says(), authority.context("other.test")) as other:
        names = Names({"other.test": [PUBLIC]}, {PUBLIC: other.port})
        with serving(says(302, b"", location="https://other.test/x.py")) as api:
            made = fetcher(network=names, api_base=api.url + "/", token="ghp_canary")
            assert made.get(f"{api.url}/x.py").body == SCRIPT
            assert api.talks[0].header("authorization") == "Bearer ghp_canary"
            assert other.talks[0].header("authorization") is None
        assert made.get("https://other.test/x.py").body == SCRIPT
        assert other.talks[1].header("authorization") is None


def test_nobody_leads_to_the_api_with_the_token(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with (
        serving(says(), authority.context("api.test")) as api,
        serving(says(302, b"", location="https://api.test/user"), authority.context("other.test")) as other,
    ):
        names = Names({"api.test": [PUBLIC], "other.test": [OTHER]}, {PUBLIC: api.port, OTHER: other.port})
        made = fetcher(network=names, api_base="https://api.test", token="ghp_canary")
        assert made.get("https://other.test/x.py").body == SCRIPT
        assert api.talks[0].header("authorization") is None


def test_nobody_leads_to_an_api_on_this_machine(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(says()) as api, serving(says(302, b"", location=f"{api.url}/user"), authority.context()) as server:
        with pytest.raises(FetchFailure) as caught:
            fetcher(api_base=api.url, token="ghp_canary").get(f"{server.url}/x.py")
        assert api.talks == []
    assert caught.value.code == "E_FETCH_REDIRECT"


@pytest.mark.parametrize(
    "base",
    [
        "http://api.github.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "https://",
        "https://token@api.github.com",
        "https://api.github.com/?a=b",
        "https://[::1",
        "nonsense",
        "",
    ],
)
def test_what_is_no_base_of_an_api(base: str) -> None:
    with pytest.raises(Failure) as caught:
        Fetcher({}, base)
    assert (caught.value.code, caught.value.exit) == ("E_CONFIG", 64)
    assert "token" not in caught.value.message


def test_http_is_for_the_api_alone(fetcher: Callable[..., Fetcher]) -> None:
    with serving(says()) as server:
        for made in (fetcher(), fetcher(api_base=f"http://127.0.0.1:{server.port + 1 if server.port < 65535 else 1}")):
            with pytest.raises(FetchFailure) as caught:
                made.get(f"{server.url}/x.py")
            assert caught.value.code == "E_FETCH_ADDRESS"
        assert server.talks == []


def test_a_base_by_name_that_is_not_of_this_machine(fetcher: Callable[..., Fetcher]) -> None:
    names = Names({"localhost": [PUBLIC]}, {})
    with pytest.raises(FetchFailure) as caught:
        fetcher(network=names, api_base="http://localhost:8000").get("http://localhost:8000/gists")
    assert caught.value.code == "E_FETCH_PRIVATE"
    assert names.connected == []


def test_offline_nothing_is_fetched(fetcher: Callable[..., Fetcher]) -> None:
    names = Names({}, {})
    for word in ("https://first.test/x.py", "gh:a/b/c.py", "gist:abc", "git+https://first.test/r#x.py"):
        with pytest.raises(Failure) as caught:
            resolve_source(parse_source(word, "/"), fetcher({"PATH": "/usr/bin:/bin"}, network=names, offline=True))
        assert (caught.value.code, caught.value.exit) == ("E_OFFLINE", 102)
    assert names.connected == []


# Proxies


def tunnel(talk: Talk, port: int) -> None:
    """Connect to the port whatever host is asked for, as a proxy does."""
    talk.say(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as there:
        ways = ((talk.raw, there), (there, talk.raw))
        threads = [threading.Thread(target=pump, args=each) for each in ways]
        for each in threads:
            each.start()
        for each in threads:
            each.join(20)


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_carries_what_it_can_not_read(name: str, authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(says(), authority.context("first.test")) as server:
        with serving(lambda talk: tunnel(talk, server.port)) as proxy:
            made = fetcher({name: f"http://you:p%40ss@127.0.0.1:{proxy.port}"}, network=Names({}, {}))
            assert made.get("https://first.test/x.py").body == SCRIPT
            assert proxy.requests == ["CONNECT first.test:443"]
            assert proxy.talks[0].header("proxy-authorization") == "Basic eW91OnBAc3M="
        assert server.talks[0].header("proxy-authorization") is None


def test_a_proxy_is_not_asked_for_what_is_exempt(authority: Authority, fetcher: Callable[..., Fetcher]) -> None:
    with serving(says(), authority.context()) as server:
        environ = {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "example.org, 127.0.0.0/8"}
        assert fetcher(environ).get(f"{server.url}/x.py").body == SCRIPT


def test_a_proxy_is_not_asked_for_the_api_on_this_machine(fetcher: Callable[..., Fetcher]) -> None:
    with serving(says()) as server:
        environ = {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
        assert fetcher(environ, api_base=server.url).get(f"{server.url}/x.py").body == SCRIPT


@pytest.mark.parametrize("target", ["https://127.0.0.1/x.py", "https://localhost/x.py", "https://inside.test/x.py"])
def test_a_proxy_is_not_led_to_inner_addresses(
    target: str, authority: Authority, fetcher: Callable[..., Fetcher]
) -> None:
    names = Names({"inside.test": ["10.0.0.8"]}, {})
    with (
        serving(says(302, b"", location=target), authority.context("first.test")) as server,
        serving(lambda talk: tunnel(talk, server.port)) as proxy,
    ):
        made = fetcher({"https_proxy": f"127.0.0.1:{proxy.port}"}, network=names)
        with pytest.raises(FetchFailure) as caught:
            made.get("https://first.test/x.py")
        assert proxy.requests == ["CONNECT first.test:443"]
    assert caught.value.code == "E_FETCH_PRIVATE"


REFUSALS: dict[str, tuple[Handler, str]] = {
    "no password": (says(407, b""), "says 407"),
    "forbidden": (says(403, b""), "says 403"),
    "garbage": (lambda talk: talk.say(b"220 mail.test ESMTP\r\n\r\n"), "speaks no HTTP"),
    "nothing": (lambda talk: None, "no answer"),
    "a head without end": (lambda talk: talk.say(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10000), "no answer"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_proxy_that_refuses(case: str, fetcher: Callable[..., Fetcher]) -> None:
    handler, words = REFUSALS[case]
    with serving(handler) as proxy:
        made = fetcher({"https_proxy": f"http://you:canary@127.0.0.1:{proxy.port}"}, network=Names({}, {}))
        with pytest.raises(FetchFailure) as caught:
            made.get("https://first.test/x.py")
    assert caught.value.code == "E_FETCH_PROXY"
    assert words in caught.value.message
    assert "canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1080", "https://127.0.0.1:1", "http://", "http://[::1"])
def test_a_proxy_that_can_not_be_asked(address: str, fetcher: Callable[..., Fetcher]) -> None:
    with pytest.raises(FetchFailure) as caught:
        fetcher({"HTTPS_PROXY": address}).get("https://first.test/x.py")
    assert caught.value.code == "E_FETCH_PROXY"
    assert "HTTPS_PROXY" in caught.value.message
