"""The API of the GitHub of the tests: gists in full, and what sharing reads of repositories."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.github import shapes
from tests.github.repositories import repository_answer
from tests.github.state import Gist, Revision, State
from tests.support.loopback import Server, Talk, serving

WRITING = ("POST", "PATCH", "PUT", "DELETE")
DOCS = "https://docs.github.com/rest"


class Refusal(Exception):
    """An answer that is a no."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "documentation_url": DOCS, "status": str(status), **more}


def missing() -> Refusal:
    return Refusal(404, "Not Found")


def invalid(field: str, code: str = "missing_field") -> Refusal:
    return Refusal(422, "Validation Failed", errors=[{"resource": "Gist", "code": code, "field": field}])


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Mapping[str, str] = {}


class Order(NamedTuple):
    """What is to happen at the next request whose method and path begin so."""

    when: str
    act: Callable[[Talk], bool]
    """Says whether it has answered."""


class GitHub(State):
    """The state and the API over it. `writes` has the bodies of all changes that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.server: Server
        self.public_url = ""
        self.orders: list[Order] = []
        self.writes: list[tuple[str, str, Any]] = []
        self.tokens_seen: set[str] = set()

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def base(self) -> str:
        """The address that answers name: that of a proxy in front, if there is one."""
        return self.public_url or self.server.url

    # Orders

    def fail(
        self,
        status: int,
        message: str = "no",
        *,
        when: str = "",
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        is_done: bool = False,
    ) -> None:
        """Answer the next requests with a failure. `is_done`: do what was asked, and fail all the same."""

        def act(talk: Talk) -> bool:
            if is_done:
                self._answer(talk)
            said = json.dumps({"message": message, "documentation_url": DOCS, "status": str(status)}).encode()
            kind = "application/json; charset=utf-8" if body is None else "text/html"
            talk.answer(status, said if body is None else body, content_type=kind, **(headers or {}))
            return True

        self.orders += [Order(when, act)] * times

    def limit(self, seconds: int, *, when: str = "", times: int = 1) -> None:
        """Answer that there were too many requests."""
        self.fail(
            429,
            "You have exceeded a secondary rate limit",
            when=when,
            times=times,
            headers={"retry-after": str(seconds)},
        )

    def meanwhile(self, when: str, act: Callable[[], object]) -> None:
        """Do something just before the next such request: another machine was faster."""

        def order(_: Talk) -> bool:
            act()
            return False

        self.orders.append(Order(when, order))

    # Requests

    def __call__(self, talk: Talk) -> None:
        word = f"{method_of(talk)} {talk.path}"
        with self.lock:
            order = next((each for each in self.orders if word.startswith(each.when)), None)
            if order:
                self.orders.remove(order)
        if order and order.act(talk):
            return
        answer = self._answer(talk)
        headers = {name.replace("-", "_"): value for name, value in answer.headers.items()}
        if isinstance(answer.body, bytes):
            talk.answer(answer.status, answer.body, content_type="text/plain; charset=utf-8", **headers)
        elif answer.status in (204, 304):
            talk.answer(answer.status, b"", **headers)
        else:
            sent = json.dumps(answer.body).encode()
            talk.answer(answer.status, sent, content_type="application/json; charset=utf-8", **headers)

    def _answer(self, talk: Talk) -> Answer:
        try:
            answer = self._respond(talk)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body)
        if answer.status != 200 or isinstance(answer.body, bytes):
            return answer
        tag = f'W/"{hashlib.sha256(json.dumps(answer.body).encode()).hexdigest()}"'
        status = 304 if talk.header("if-none-match") == tag else 200
        return Answer(status, answer.body, {**answer.headers, "etag": tag})

    def _respond(self, talk: Talk) -> Answer:
        method = method_of(talk)
        parts = urlsplit(talk.path)
        pieces = [unquote(each) for each in parts.path.strip("/").split("/")]
        query = dict(parse_qsl(parts.query))
        if pieces[0] == "raw":
            return self._raw(pieces)
        if not talk.header("user-agent"):
            raise Refusal(403, "Request forbidden by administrative rules.")
        if talk.header("accept") not in ("application/vnd.github+json", "application/json", "*/*"):
            raise Refusal(415, "Unsupported Media Type")
        user = self._user(talk, method)
        if pieces[0] == "gists":
            return self._gists(method, pieces[1:], query, user, talk)
        if pieces == ["user"] and user:
            return Answer(200, shapes.user(user, self.base))
        if pieces[0] == "repos" and len(pieces) > 3 and method == "GET":
            return self._repository(pieces[1:], query)
        raise missing()

    def _user(self, talk: Talk, method: str) -> str | None:
        """Whose token it is; None without one."""
        kind, _, token = (talk.header("authorization") or "").partition(" ")
        if kind:
            self.tokens_seen.add(token)
            if kind.lower() not in ("bearer", "token") or token not in self.tokens:
                raise Refusal(401, "Bad credentials")
            if method in WRITING and token in self.reading_only:
                raise Refusal(403, "Resource not accessible by personal access token")
            return self.tokens[token]
        if method in WRITING:
            raise Refusal(401, "Requires authentication")
        return None

    def _repository(self, pieces: list[str], query: Mapping[str, str]) -> Answer:
        told = repository_answer(self, pieces, query, self.base)
        if told is None:
            raise missing()
        if isinstance(told, str):
            raise Refusal(422, told)
        return Answer(200, told)

    # Gists

    def _gists(self, method: str, pieces: list[str], query: Mapping[str, str], user: str | None, talk: Talk) -> Answer:
        with self.lock:
            if not pieces:
                return self._create(user, self._body(talk)) if method == "POST" else self._list(user, query)
            found = self.gists.get(pieces[0])
            if found is None or (method in WRITING and found.owner != user):
                raise missing()
            match method, pieces[1:]:
                case "GET", []:
                    return self._told(found, found.newest)
                case "GET", ["commits"]:
                    told = [shapes.commit(found, each, self.base) for each in reversed(found.revisions)]
                    return self._page(told, f"gists/{found.id}/commits", query)
                case "GET", [version]:
                    return self._told(found, self._revision(found, version))
                case "PATCH", []:
                    return self._change(found, user or "", self._body(talk))
                case "DELETE", []:
                    self.writes.append(("DELETE", found.id, None))
                    self.delete_gist(found.id)
                    return Answer(204, None)
        raise missing()

    def _told(self, found: Gist, revision: Revision, status: int = 200) -> Answer:
        return Answer(status, shapes.gist(found, revision, self.base))

    @staticmethod
    def _revision(found: Gist, version: str) -> Revision:
        if not re.fullmatch("[0-9a-f]{40}", version):
            raise Refusal(422, f"No commit found for SHA: {version}")
        revision = next((each for each in found.revisions if each.version == version), None)
        if revision is None:
            raise missing()
        return revision

    @staticmethod
    def _body(talk: Talk) -> dict[str, Any]:
        try:
            body = json.loads(talk.request.partition(b"\r\n\r\n")[2])
        except ValueError as error:
            raise Refusal(400, "Problems parsing JSON") from error
        if not isinstance(body, dict):
            raise Refusal(400, "Body should be a JSON object")
        return body

    def _create(self, user: str | None, body: dict[str, Any]) -> Answer:
        self.writes.append(("POST", "", body))
        files = body.get("files")
        if not isinstance(files, dict) or not files:
            raise invalid("files")
        content = {}
        for name, entry in files.items():
            text = entry.get("content") if isinstance(entry, dict) else None
            if not isinstance(text, str) or not text.strip():
                raise invalid("files")
            content[_file_name(name)] = text
        public = body.get("public") in (True, "true")
        found = self.add_gist(content, owner=user or "", public=public, description=body.get("description"))
        answer = self._told(found, found.newest, 201)
        return answer._replace(headers={"location": f"{self.base}/gists/{found.id}"})

    def _change(self, found: Gist, user: str, body: dict[str, Any]) -> Answer:
        self.writes.append(("PATCH", found.id, body))
        changes: dict[str, str | bytes | None] = {}
        files = body.get("files", {})
        if not isinstance(files, dict) or not (files or "description" in body):
            raise invalid("files")
        for name, entry in files.items():
            old = found.newest.files.get(name)
            if entry is None or entry == {}:
                changes[name] = None
            elif isinstance(entry, dict) and isinstance(entry.get("content", ""), str):
                target = _file_name(entry.get("filename") or name)
                if target != name:
                    changes[name] = None
                text: str | bytes | None = entry.get("content", old)
                if text is None or not text.strip():
                    raise invalid("files")
                changes[target] = text
            else:
                raise invalid("files", "invalid")
        left = {**found.newest.files, **changes}
        if all(each is None for each in left.values()):
            raise invalid("files")
        self.edit_gist(found.id, changes, user=user, description=body.get("description"))
        return self._told(found, found.newest)

    def _list(self, user: str | None, query: Mapping[str, str]) -> Answer:
        found = [each for each in self.gists.values() if (each.owner == user if user else each.public)]
        found = [each for each in found if each.newest.at >= query.get("since", "")]
        found.sort(key=lambda each: each.newest.at, reverse=True)
        return self._page([shapes.gist(each, each.newest, self.base, whole=False) for each in found], "gists", query)

    def _page(self, told: list[Any], path: str, query: Mapping[str, str]) -> Answer:
        try:
            size, page = min(int(query.get("per_page", "30")), 100), int(query.get("page", "1"))
        except ValueError as error:
            raise Refusal(422, "Invalid request.") from error
        last = max(1, -(-len(told) // size))
        links = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        kept = {name: number for name, number in links.items() if 1 <= number <= last and number != page}
        link = ", ".join(
            f'<{self.base}/{path}?per_page={size}&page={number}>; rel="{name}"' for name, number in kept.items()
        )
        return Answer(200, told[(page - 1) * size : page * size], {"link": link} if link else {})

    def _raw(self, pieces: list[str]) -> Answer:
        found = self.gists.get(pieces[1]) if len(pieces) == 4 else None
        if found is None or pieces[3] not in self._revision(found, pieces[2]).files:
            raise missing()
        return Answer(200, self._revision(found, pieces[2]).files[pieces[3]])


def _file_name(name: object) -> str:
    """The name of a gist's file. GitHub has no folders in gists."""
    if not isinstance(name, str) or not name or "/" in name:
        raise invalid("files", "invalid")
    return name


def method_of(talk: Talk) -> str:
    """The method of a request."""
    return talk.request.split(b" ", 1)[0].decode()


@contextmanager
def github() -> Iterator[GitHub]:
    """A GitHub while the block lasts."""
    hub = GitHub()
    with serving(hub) as server:
        hub.server = server
        yield hub
