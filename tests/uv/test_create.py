"""What a model requires, looked up by a real uv: it exists, it fits together, and nothing of it is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Ended, Pyst
from tests.support.model_scripts import CODE, script
from tests.support.model_server import ModelServer
from tests.uv.conftest import World

pytestmark = pytest.mark.uv


def using(*modules: str) -> str:
    """Code that imports these."""
    first, _, rest = CODE.partition("\n")
    imports = "\n".join(f"import {each}" for each in modules)
    return f"{first}\n\n{imports}\n{rest}\n\nUSED = ({', '.join(modules)},)\n"


def create(pyst: Pyst, world: World, server: ModelServer) -> Ended:
    """In this process: to start another and import all that asks a model takes long."""
    more = {"PYST_CREATE_RETRIES": "1", "PYST_CREATE_MODEL": "openai-chat:gpt-5"}
    return pyst("create", "names", "names", "--yes", "--local", **{**world.environ, **server.environ, **more})


def test_what_exists_is_told_with_its_versions_and_runs(pyst: Pyst, world: World, server: ModelServer) -> None:
    world.index.wheel("alpha", "1.0")
    world.index.wheel("beta", "1.0", requires=("alpha",))
    server.says(script(using("alpha", "beta"), requirements=["alpha>=1", "beta>=1"]))
    done = create(pyst, world, server)
    assert done.code == 0, done.err
    ran = world.run("run", "--no-sandbox", "names", "prefix=gist")
    assert (ran.code, ran.out) == (0, "gist-0\ngist-1\n")


@pytest.mark.parametrize("case", ["nowhere", "too new", "against each other", "only a source", "misspelt Python"])
def test_what_can_not_be_had_goes_back(
    pyst: Pyst, world: World, server: ModelServer, case: str, tmp_path: Path
) -> None:
    world.index.wheel("alpha", "1.0")
    world.index.wheel("beta", "1.0", requires=("alpha<1",))
    built = tmp_path / "built"
    world.index.sdist("gamma", mark=built)
    wrong = {
        "nowhere": script(using("delta"), requirements=["delta"]),
        "too new": script(using("alpha"), requirements=["alpha>=9"]),
        "against each other": script(using("alpha", "beta"), requirements=["alpha>=1", "beta"]),
        "only a source": script(using("gamma"), requirements=["gamma"]),
        "misspelt Python": script(using("alpha"), requirements=["alpha"], requires_python=">=3.99"),
    }[case]
    server.says(wrong, script())
    done = create(pyst, world, server)
    assert done.code == 0, done.err
    told = server.asked[1]["messages"][-1]["content"]
    assert "can't be used as it is" in told
    words = {"nowhere": "`delta`", "too new": "alpha", "against each other": "beta", "only a source": "`gamma"}
    assert words.get(case, "3.99") in told
    assert not built.exists()
