"""Why something could not be fetched: the failures of `network`, `http_answer` and `http`, each named by its cause."""

from __future__ import annotations

from urllib.parse import urlsplit

from pyst.errors import ExitCode, Failure


class FetchFailure(Failure):
    """A failure to fetch: `status` is that of the answer, or None where there was none.

    `is_temporary`: another attempt may do better. `is_undone`: the server surely did nothing of what it was asked, so
    that even a change may be asked for again. `wait_seconds`: how long the server wants to be left alone.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        exit: int = ExitCode.ERROR,
        status: int | None = None,
        is_temporary: bool = False,
        is_undone: bool = False,
        wait_seconds: float | None = None,
    ) -> None:
        super().__init__(code, message, hint=hint, exit=exit)
        self.status = status
        self.is_temporary = is_temporary
        self.is_undone = is_undone
        self.wait_seconds = wait_seconds


def shown_address(address: str) -> str:
    """The address for a message: without credentials, and without the query, which may hold a signature."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" + ("?…" if parts.query else "")


def too_slow(where: str, seconds: float, *, total: bool) -> FetchFailure:
    """The failure of a server that takes too long: for the whole, or without a word in between."""
    what = f"it was not there after {seconds:g} s" if total else f"nothing came for {seconds:g} s"
    return FetchFailure("E_FETCH_TIMEOUT", f"`{where}` is too slow: {what}", is_temporary=not total)


def too_large(where: str, most_bytes: int) -> FetchFailure:
    """The failure of an answer beyond the bound."""
    most = f"{most_bytes >> 20} MiB" if most_bytes >= 1 << 20 else f"{most_bytes} bytes"
    return FetchFailure("E_FETCH_TOO_LARGE", f"`{where}` gives more than {most}, and was not taken")


def broken(where: str, why: str, *, is_temporary: bool = False) -> FetchFailure:
    """The failure of an answer that is none by the rules of HTTP."""
    return FetchFailure("E_FETCH_BROKEN", f"the answer of `{where}` is broken: {why}", is_temporary=is_temporary)
