"""Starting pyst as one for whom permissions count: root without the capabilities that pass over them."""

from __future__ import annotations

import os
import shutil

import pytest

CAPABILITIES = "-dac_override,-dac_read_search,-fowner"


def obeying_permissions() -> tuple[str, ...]:
    """The words before a command that make it obey the modes of files and folders. Skips where that can't be had."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root passes over permissions, and setpriv, which could end that, is not installed")
    return (setpriv, "--bounding-set", CAPABILITIES, "--inh-caps", "-all")
