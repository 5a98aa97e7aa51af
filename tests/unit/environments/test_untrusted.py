"""What is refused without trust, and that nothing else is."""

from __future__ import annotations

import pytest

from pyst.environments.spec import EnvSpec, Interpreter, make_spec
from pyst.environments.untrusted import refuse_untrusted
from pyst.errors import Failure
from pyst.scripts.script import Metadata

PYTHON = Interpreter("/usr/bin/python3", "3.12.1", "cpython", "/usr/bin/python3")
PYPI = b'[[package]]\nname = "six"\nversion = "1"\nsource = { registry = "https://pypi.org/simple" }\n'


def spec(*requirements: str, tool: dict[str, object] | None = None, **more: object) -> EnvSpec:
    return make_spec(Metadata(None, requirements, {"uv": tool or {}}, "", 1), PYTHON, script_path="/p/s.py", **more)  # type: ignore[arg-type]


REFUSED = {
    "a URL": (spec("x @ https://h/x.whl"), "E_UNTRUSTED_SOURCE"),
    "git": (spec("x @ git+https://h/x"), "E_UNTRUSTED_SOURCE"),
    "a path": (spec("x @ ./x"), "E_UNTRUSTED_SOURCE"),
    "a path source": (spec("x", tool={"sources": {"x": {"path": "x"}}}), "E_UNTRUSTED_SOURCE"),
    "a git source": (spec("x", tool={"sources": {"x": [{"git": "https://h/x"}]}}), "E_UNTRUSTED_SOURCE"),
    "a URL source": (spec("x", tool={"sources": {"x": {"url": "https://h/x"}}}), "E_UNTRUSTED_SOURCE"),
    "a constraint": (spec("x", tool={"constraint-dependencies": ["y @ https://h/y"]}), "E_UNTRUSTED_SOURCE"),
    "an override": (spec("x", tool={"override-dependencies": ["y @ https://h/y"]}), "E_UNTRUSTED_SOURCE"),
    "an index": (spec("x", tool={"index": [{"url": "https://h/simple"}]}), "E_UNTRUSTED_INDEX"),
    "index-url": (spec("x", tool={"index-url": "https://h/simple"}), "E_UNTRUSTED_INDEX"),
    "extra-index-url": (spec("x", tool={"extra-index-url": ["https://h/simple"]}), "E_UNTRUSTED_INDEX"),
    "find-links": (spec("x", tool={"find-links": ["wheels"]}), "E_UNTRUSTED_INDEX"),
    "a cache": (spec("x", tool={"cache-dir": "cache"}), "E_UNTRUSTED_SETTING"),
    "a Python mirror": (spec("x", tool={"python-install-mirror": "https://h"}), "E_UNTRUSTED_SETTING"),
    "an insecure host": (spec("x", tool={"allow-insecure-host": ["h"]}), "E_UNTRUSTED_SETTING"),
    "keyring": (spec("x", tool={"keyring-provider": "subprocess"}), "E_UNTRUSTED_SETTING"),
    "a key of the future": (spec("x", tool={"new-thing": 1}), "E_UNTRUSTED_SETTING"),
    "a lock with git": (
        spec("x", lock=b'[[package]]\nname = "x"\nsource = { git = "https://h/x" }\n'),
        "E_UNTRUSTED_SOURCE",
    ),
    "a lock with an index": (
        spec("x", lock=PYPI + b'[[package]]\nname = "x"\nsource = { registry = "https://h/simple" }\n'),
        "E_UNTRUSTED_INDEX",
    ),
}


@pytest.mark.parametrize(("asked", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_unless_trusted(asked: EnvSpec, code: str) -> None:
    with pytest.raises(Failure) as caught:
        refuse_untrusted(asked, "my script")
    assert caught.value.code == code
    assert caught.value.exit == 101
    assert caught.value.fix is not None
    assert caught.value.fix.command == "pyst trust 'my script'"
    refuse_untrusted(asked._replace(allow_build=True), "s")


@pytest.mark.parametrize(
    "asked",
    [
        spec("six>=1", "x[e] ; os_name == 'nt'"),
        spec("x", tool={"exclude-newer": "2025-01-01", "resolution": "lowest", "no-build": False}),
        spec("x", tool={"constraint-dependencies": ["y<2"], "sources": {"x": {"index": "pypi"}}}),
        spec("x", lock=PYPI),
        spec(
            "x",
            lock=PYPI.replace(b"pypi.org", b"mine.example"),
            settings=(("UV_DEFAULT_INDEX", "https://mine.example/simple"),),
        ),
        spec("x", with_requirements=("y @ https://h/y.whl",)),
    ],
    ids=["plain", "choosing", "constraints", "a PyPI lock", "my index", "the user's own --with"],
)
def test_what_needs_no_trust(asked: EnvSpec) -> None:
    refuse_untrusted(asked, "s")
