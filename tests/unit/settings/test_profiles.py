"""Profiles as values: which there are, and that an untrusted project's never loosen what holds without them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.errors import Failure
from pyst.settings.convert import Base
from pyst.settings.fields import SANDBOX_MODES
from pyst.settings.layers import Layer, defaults, merge, parse_layer, variables_layer
from pyst.settings.profiles import BUILT_IN, find_profile, profile_names
from pyst.settings.values import Settings, build

KINDS = ("read", "write", "net", "env", "run")
ITEMS = st.lists(st.sampled_from(["/a", "/b", "/c"]), max_size=2, unique=True)
MODE = st.none() | st.sampled_from(SANDBOX_MODES)
NUMBER = st.none() | st.integers(1, 5)


def settings_of(*layers: Layer) -> Settings:
    merged = merge(defaults(Base("/p", "/h"), "/d"), list(layers), "/p")
    return build(merged, "/h", "/d/installed")


def layer(table: str, mode: str | None, memory: int | None, allow: list[str], deny: list[str], *, ours: bool) -> Layer:
    lines = [f"[{table}]"]
    lines += [] if mode is None else [f'mode = "{mode}"']
    lines += [] if memory is None else [f"memory = {memory}"]
    lines += [f"allow.read = {allow}", f"deny.read = {deny}"]
    kind = "global" if ours else "project"
    return parse_layer("\n".join(lines).encode(), kind, f"/{kind}.toml", "/h", trusted=ours)


@given(MODE, MODE, MODE, MODE, NUMBER, NUMBER, NUMBER, ITEMS, ITEMS, ITEMS, ITEMS)
def test_an_untrusted_profile_never_loosens(
    plain: str | None,
    variable: str | None,
    own: str | None,
    theirs: str | None,
    plain_memory: int | None,
    own_memory: int | None,
    their_memory: int | None,
    own_allow: list[str],
    own_deny: list[str],
    their_allow: list[str],
    their_deny: list[str],
) -> None:
    ours = [
        layer("sandbox", plain, plain_memory, [], [], ours=True),
        layer("profiles.x.sandbox", own, own_memory, own_allow, own_deny, ours=True),
    ]
    variables = variables_layer({"PYST_SANDBOX_MODE": variable} if variable else {}, Base("/p", "/h"))
    project = layer("profiles.x.sandbox", theirs, their_memory, their_allow, their_deny, ours=False)
    without, with_it = (settings_of(*layers) for layers in ((*ours, variables), (*ours, project, variables)))
    before, after = (each.profiles["x"].sandbox for each in (without, with_it))

    def mode(settings: Settings) -> int:
        return SANDBOX_MODES.index(settings.profiles["x"].sandbox.mode or settings.sandbox.mode or "off")

    assert mode(with_it) <= mode(without)
    least = before.memory if before.memory is not None else without.sandbox.memory
    effective = after.memory if after.memory is not None else with_it.sandbox.memory
    assert least is None or (effective is not None and effective <= least)
    assert after.allow == before.allow
    assert set(after.deny["read"]) == {*before.deny["read"], *their_deny}
    assert (with_it.sandbox, with_it.core) == (without.sandbox, without.core)


@given(MODE, ITEMS)
def test_a_trusted_profile_counts_as_it_is(mode: str | None, items: list[str]) -> None:
    found = settings_of(layer("profiles.x.sandbox", mode, 7, items, items, ours=True)).profiles["x"].sandbox
    assert (found.mode, found.memory) == (mode, 7)
    assert found.allow["read"] == found.deny["read"] == tuple(items)
    assert all(found.allow[kind] == () for kind in KINDS[1:])


def test_the_profiles_that_there_are() -> None:
    settings = settings_of(
        parse_layer(b"[profiles.mine]\nwarm = true\n[profiles.dev]\nlazy_imports = false\n", "global", "/g", "/h")
    )
    assert profile_names(settings) == [*BUILT_IN, "mine"]
    assert find_profile("mine", settings).warm is True
    assert find_profile("dev", settings).lazy_imports is False
    prod = find_profile("prod", settings)
    assert (prod.sandbox.mode, prod.sandbox.memory, prod.warm) == (None, None, None)
    with pytest.raises(Failure) as caught:
        find_profile("min", settings, chosen_by="PYST_PROFILE")
    assert (caught.value.code, caught.value.exit) == ("E_PROFILE", 64)
    assert "`mine`" in caught.value.hint


def test_a_profile_of_which_nothing_counts_is_there() -> None:
    project = parse_layer(b'[profiles.x.sandbox]\nallow.net = ["*"]\n', "project", "/p/.pyst.toml", "/h", trusted=False)
    settings = settings_of(project)
    assert find_profile("x", settings).sandbox.allow["net"] == ()
    assert [each.key for each in settings.ignored] == ["profiles.x.sandbox.allow.net"]
