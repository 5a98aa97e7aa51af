"""Which first lines make a file without a suffix a Python script."""

import pytest

from pyst.scripts.shebang import is_python_shebang


@pytest.mark.parametrize(
    "line",
    [
        "#!/usr/bin/python3",
        "#!/usr/bin/python3.12 -I",
        "#! /usr/bin/env python3",
        "#!/usr/bin/env -S uv run --script",
        "#!/usr/bin/env -S uv --quiet run --script",
        "#!/usr/bin/env -Suv run -s",
        "#!/usr/bin/env --split-string=uv run",
        "#!/usr/bin/env -i -u HOME NAME=value python",
        "#!/usr/bin/env -S python3 -u",
        "#!/usr/bin/env pypy3",
        "#!/opt/uv run",
        "#!/usr/bin/env -S pyst run",
        "#!/usr/bin/python3.13t",
        "#!/usr/bin/python3\r",
    ],
)
def test_python_is_asked_for(line: str) -> None:
    assert is_python_shebang(line.encode() + b"\nprint()\n")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "print()",
        "#!",
        "#!/bin/sh",
        "#!/usr/bin/env",
        "#!/usr/bin/env -S",
        "#!/usr/bin/env bash python3",
        "#!/usr/bin/uv tool run",
        "#!/usr/bin/uvx",
        "#!/usr/bin/python-config",
        "#!/usr/bin/pythonista",
        " #!/usr/bin/python3",
        "\ufeff#!/usr/bin/python3",
        "#!/bin/sh\n#!/usr/bin/python3",
    ],
)
def test_something_else_is_asked_for(line: str) -> None:
    assert not is_python_shebang(line.encode())
