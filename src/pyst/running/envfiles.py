"""Env files: `NAME=value` lines that a run's environment takes over. The grammar is python-dotenv's."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping

from pyst.errors import ExitCode, Failure, Where
from pyst.system.witness import Witness


def read_env_file(path: str, witness: Witness) -> dict[str, str]:
    """The variables of one env file, `${NAME}` expanded.

    Raises `Failure` (`E_ENV_FILE`) where the file is missing or a line can't be understood.
    """
    data = witness.read(path)
    if data is None:
        raise Failure("E_ENV_FILE", f"the env file `{path}` does not exist", exit=ExitCode.USAGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Failure("E_ENV_FILE", f"the env file `{path}` is not UTF-8", where=Where(path, line)) from error
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    for binding in parse_stream(io.StringIO(text)):
        if binding.error or (binding.key is not None and ("\0" in binding.key or "\0" in (binding.value or ""))):
            shown = binding.original.string.strip().partition("=")[0].split("\n")[0]
            raise Failure(
                "E_ENV_FILE",
                f"`{shown}…` is not `NAME=value`",
                where=Where(path, binding.original.line),
                hint="quote values that hold spaces or `#`",
            )
    return {name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value is not None}


def env_file_variables(
    paths: tuple[str, ...], user_file: str, environ: Mapping[str, str], witness: Witness
) -> dict[str, str]:
    """What the user's own env file and the named ones add; later files win, the caller's variables win over all."""
    merged: dict[str, str] = {}
    if witness.is_file(user_file):
        merged.update(read_env_file(user_file, witness))
    for path in paths:
        merged.update(read_env_file(os.path.abspath(path), witness))
    return {name: value for name, value in merged.items() if name not in environ}
