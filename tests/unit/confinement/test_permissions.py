"""Permissions: their normal forms, who covers what, and that nothing but a grant ever widens them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyst.confinement.decision import Decision, Rules, effective, to_json, walls_of
from pyst.confinement.declared import declared_permissions
from pyst.confinement.permissions import (
    EVERYTHING,
    KINDS,
    NOTHING,
    Base,
    Malformed,
    Permissions,
    covers,
    excludes,
    lacking,
    parse_item,
    permissions_of,
    permits,
    touches,
    union,
    without,
)
from pyst.confinement.walls import Bounds, Net, Walls
from pyst.errors import Failure
from pyst.scripts.metadata import parse_metadata

BASE = Base("/work/here", "/home/you")


@pytest.mark.parametrize(
    ("kind", "text", "item"),
    [
        ("read", ".", "/work/here"),
        ("read", "..", "/work"),
        ("read", "data/../x", "/work/here/x"),
        ("read", "~", "/home/you"),
        ("write", "~/out", "/home/you/out"),
        ("write", "/", "/"),
        ("write", "//srv//x/", "/srv/x"),
        ("read", "../../../../..", "/"),
        ("write", "$TMP", None),
        ("write", "$TMP/x", None),
        ("net", "*", "*:*"),
        ("net", "API.GitHub.com.:443", "api.github.com:443"),
        ("net", "localhost", "localhost:*"),
        ("net", "*.example.org:0443", "*.example.org:443"),
        ("net", "[0:0::1]:80", "[::1]:80"),
        ("net", "::1", "[::1]:*"),
        ("net", "10.0.0.1:22", "10.0.0.1:22"),
        ("net", "loopback", "loopback"),
        ("net", "private", "private"),
        ("env", "AWS_*", "AWS_*"),
        ("env", "A***B**", "A*B*"),
        ("run", "git", "git"),
        ("run", "./tool", "/work/here/tool"),
        ("run", "*", "*"),
    ],
)
def test_an_item_has_one_normal_form(kind: str, text: str, item: str | None) -> None:
    assert parse_item(kind, text, BASE) == item
    if item is not None:
        assert parse_item(kind, item, Base("/else", "/else")) == item


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("read", ""),
        ("read", "a\nb"),
        ("read", "a\0b"),
        ("read", "~root/x"),
        ("read", "$HOME/x"),
        ("read", "$TMP/../x"),
        ("read", "*.txt"),
        ("net", "host:0"),
        ("net", "host:65536"),
        ("net", "host:http"),
        ("net", "http://host"),
        ("net", "user@host:1"),
        ("net", "a..b:1"),
        ("net", "0x7f.1:1"),
        ("net", "127.1:1"),
        ("net", "010.0.0.1:1"),
        ("net", "*.1.2.3:1"),
        ("net", "a*b:1"),
        ("net", "[::1:80"),
        ("net", "[::g]:80"),
        ("net", "exa\u200dmple:1"),
        ("env", "A B"),
        ("env", "1A"),
        ("env", "A=B"),
        ("env", "A?"),
        ("run", ".."),
        ("run", "gi*"),
    ],
)
def test_what_says_nothing_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Malformed):
        parse_item(kind, text, BASE)


@pytest.mark.parametrize(
    ("kind", "wide", "narrow", "covered"),
    [
        ("read", "/a", "/a/b", True),
        ("read", "/a", "/ab", False),
        ("read", "/a/b", "/a", False),
        ("read", "/", "/a", True),
        ("net", "a.b:*", "a.b:1", True),
        ("net", "a.b:1", "a.b:*", False),
        ("net", "*.b:1", "a.b:1", True),
        ("net", "*.b:1", "a.c.b:1", True),
        ("net", "*.b:1", "b:1", False),
        ("net", "*.b:1", "a.b:2", False),
        ("net", "*.b:1", "xb:1", False),
        ("net", "*:443", "a:443", True),
        ("net", "*:443", "a:*", False),
        ("net", "*:*", "loopback", True),
        ("net", "*:*", "private", True),
        ("net", "*.b:*", "private", False),
        ("env", "A_*", "A_B", True),
        ("env", "A_*", "A_*_C", True),
        ("env", "A_*_C", "A_*", False),
        ("run", "*", "git", True),
        ("run", "/usr/bin", "/usr/bin/git", True),
        ("run", "git", "/usr/bin/git", False),
    ],
)
def test_covering(kind: str, wide: str, narrow: str, covered: bool) -> None:
    assert covers(kind, wide, narrow) is covered


def test_what_may_be_written_may_be_read_and_what_may_not_be_read_may_not_be_written() -> None:
    allowed = Permissions(write=("/a",))
    assert permits(allowed, NOTHING, "read", "/a/x")
    assert not permits(allowed, Permissions(read=("/a",)), "write", "/a/x")
    assert permits(Permissions(read=("/a",)), Permissions(write=("/a",)), "read", "/a/x")


NAMES = st.sampled_from(["a", "b", "ab"])
ITEMS = {
    "read": st.lists(NAMES, max_size=3).map(lambda parts: "/" + "/".join(parts)),
    "net": st.one_of(
        st.builds(
            lambda star, parts, port: f"{'*.' if star else ''}{'.'.join(parts)}:{port}",
            st.booleans(),
            st.lists(NAMES, min_size=1, max_size=3),
            st.sampled_from(["*", "1", "2"]),
        ),
        st.sampled_from(["*:*", "*:1", "loopback", "private"]),
    ),
    "env": st.text("AB*", min_size=1, max_size=4).filter(lambda text: "**" not in text),
    "run": st.one_of(NAMES, st.just("*"), st.lists(NAMES, min_size=1, max_size=2).map(lambda p: "/" + "/".join(p))),
}
ITEMS["write"] = ITEMS["read"]
SETS = st.fixed_dictionaries({kind: st.lists(ITEMS[kind], max_size=3) for kind in KINDS}).map(permissions_of)
WANTED = st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), ITEMS[kind]))


@given(SETS, SETS, SETS, WANTED)
def test_a_denial_never_widens(
    allowed: Permissions, denied: Permissions, more: Permissions, item: tuple[str, str]
) -> None:
    if permits(allowed, union(denied, more), *item):
        assert permits(allowed, denied, *item)


@given(SETS, SETS, SETS, WANTED)
def test_a_grant_never_narrows(
    allowed: Permissions, denied: Permissions, more: Permissions, item: tuple[str, str]
) -> None:
    if permits(allowed, denied, *item):
        assert permits(union(allowed, more), denied, *item)


@given(SETS, SETS, WANTED)
def test_union_permits_what_its_parts_permit(one: Permissions, other: Permissions, item: tuple[str, str]) -> None:
    both = permits(one, NOTHING, *item) or permits(other, NOTHING, *item)
    assert permits(union(one, other), NOTHING, *item) == both
    assert union(one, other) == union(other, one)
    assert union(one, one, NOTHING) == union(one)


@given(SETS, SETS, WANTED)
def test_what_is_left_with_its_holes_is_the_same(
    allowed: Permissions, denied: Permissions, item: tuple[str, str]
) -> None:
    left, holes = without(allowed, denied)
    if permits(allowed, denied, *item):
        assert permits(left, holes, *item)
    if permits(left, holes, *item) and "*" not in item[1]:
        assert permits(allowed, denied, *item)


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind), ITEMS[kind], ITEMS[kind], ITEMS[kind])))
def test_covering_is_an_order(found: tuple[str, str, str, str]) -> None:
    kind, a, b, c = found
    assert covers(kind, a, a)
    assert covers(kind, EVERYTHING[kind], a)
    if covers(kind, a, b) and covers(kind, b, c):
        assert covers(kind, a, c)
    if covers(kind, a, c) and covers(kind, b, c):
        assert touches(kind, a, b)
        assert touches(kind, b, a)


RULES = st.builds(lambda allow, deny: Rules("strict", allow, deny), SETS, SETS)


def decided(decision: Decision, kind: str, item: str) -> bool:
    return permits(decision.left, decision.holes, kind, item)


@given(SETS, SETS, RULES, RULES, WANTED)
def test_declaring_grants_nothing(
    declared: Permissions, granted: Permissions, flags: Rules, settings: Rules, item: tuple[str, str]
) -> None:
    with_it, plain = effective(declared, granted, flags, settings), effective(NOTHING, granted, flags, settings)
    assert decided(with_it, *item) == decided(plain, *item)
    for kind, each in declared.items():
        state = with_it.state_of(kind, each)
        assert (each in with_it.missing.of(kind)) == (state == "missing")


@given(SETS, SETS, RULES, RULES, SETS, WANTED)
def test_more_denials_in_the_settings_never_widen(
    declared: Permissions, granted: Permissions, flags: Rules, settings: Rules, more: Permissions, item: tuple[str, str]
) -> None:
    before = effective(declared, granted, flags, settings)
    after = effective(declared, granted, flags, settings._replace(deny=union(settings.deny, more)))
    if permits(after.granted, after.denied, *item):
        assert permits(before.granted, before.denied, *item)
    for kind, each in after.missing.items():
        assert each in before.missing.of(kind)


@given(SETS, SETS, SETS)
def test_what_is_lacking_is_neither_granted_nor_denied(
    wanted: Permissions, granted: Permissions, denied: Permissions
) -> None:
    for kind, item in lacking(wanted, granted, denied).items():
        assert not permits(granted, NOTHING, kind, item)
        assert not excludes(denied, kind, item)
    assert lacking(wanted, union(wanted, granted), denied) == NOTHING


def test_who_said_so_is_told() -> None:
    found = effective(
        Permissions(read=("/a", "/b", "/c", "/d")),
        Permissions(read=("/a",)),
        Rules(None, Permissions(read=("/b",))),
        Rules("basic", NOTHING, Permissions(read=("/c",))),
    )
    assert found.mode == "basic"
    rows = {
        each["item"]: (each["state"], each["by"], each["declared"]) for each in to_json(found, lambda *_: None)["items"]
    }
    assert rows == {
        "/a": ("granted", "remembered", True),
        "/b": ("granted", "flags", True),
        "/c": ("denied", "settings", True),
        "/d": ("missing", None, True),
    }


def test_the_flag_s_bound_counts_else_that_of_the_settings() -> None:
    flags, settings = Bounds(memory_bytes=5), Bounds(memory_bytes=9, processes=3)
    found = effective(NOTHING, NOTHING, Rules(bounds=flags), Rules("strict", bounds=settings))
    assert found.bounds == Bounds(memory_bytes=5, processes=3)


def walls(allow: Permissions, deny: Permissions = NOTHING, **environ: str) -> Walls:
    decision = effective(NOTHING, NOTHING, Rules("strict", allow, deny), Rules())
    programs = {"git": "/usr/bin/git", "curl": "/usr/bin/curl"}
    return walls_of(decision, own=("/s.py",), environ=environ, find_program=programs.get)


def test_the_walls_of_nothing() -> None:
    assert walls(NOTHING, HOME="/h") == Walls("strict", ("/s.py",), ())


def test_paths_and_what_is_denied_inside_of_them() -> None:
    found = walls(
        Permissions(read=("/a", "/c"), write=("/b",)), Permissions(read=("/a/x", "/else"), write=("/b/y", "/c"))
    )
    assert (found.read, found.write, found.denied) == (("/s.py", "/a", "/c"), ("/b",), ("/a/x", "/b/y"))


def test_variables_are_told_one_by_one() -> None:
    found = walls(
        Permissions(env=("A*",)), Permissions(env=("A_KEY", "*_SECRET")), A="1", A_KEY="2", A_SECRET="3", B="4"
    )
    assert found.env == ("A",)


def test_programs_are_looked_up() -> None:
    assert walls(Permissions(run=("git", "absent", "/opt/t"))).run == ("/opt/t", "/usr/bin/git")
    assert walls(Permissions(run=("*",))).run is None
    found = walls(Permissions(run=("*",)), Permissions(run=("curl",)))
    assert (found.run, found.denied) == (None, ("/usr/bin/curl",))


@pytest.mark.parametrize(
    ("items", "net"),
    [
        ((), Net()),
        (("loopback",), Net("loopback")),
        (("private",), Net()),
        (("a:1", "[::1]:*", "private"), Net("hosts", (("::1", 0), ("a", 1)), True)),
        (("*:*", "a:1"), Net("all", (), True)),
    ],
)
def test_the_network(items: tuple[str, ...], net: Net) -> None:
    assert walls(permissions_of({"net": list(items)})).net == net


def block(text: str) -> Permissions:
    source = "#!/usr/bin/env python3\n# /// script\n" + "".join(f"# {line}\n" for line in text.splitlines()) + "# ///\n"
    return declared_permissions(parse_metadata(source, "/s.py"), "/s.py", BASE)


def test_the_block_declares() -> None:
    found = block(
        '[tool.pyst.permissions]\nread = [".", "~/x"]\nwrite = ["$TMP"]\nnet = true\nrun = false\nenv = ["A"]'
    )
    assert found == Permissions(read=("/home/you/x", "/work/here"), net=("*:*",), env=("A",))
    assert block("[tool.other]\nx = 1") == NOTHING
    assert declared_permissions(None, "/s.py", BASE) == NOTHING


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("[tool.pyst.permissions]\nraed = []", 4, "tool.pyst.permissions.raed", "did you mean `read`?"),
        ("[tool.pyst.permissions]\nread = 'x'", 4, "tool.pyst.permissions.read", "an array of strings"),
        ("[tool.pyst.permissions]\nnet = [\n 'a:1',\n 'b:x',\n]", 6, "tool.pyst.permissions.net", "a port"),
        ("[tool.pyst.permissions]\nenv = [1]", 4, "tool.pyst.permissions.env", "a string"),
        ("[tool.pyst]\npermissions = 1", 4, "tool.pyst.permissions", "a table"),
        ("[tool]\npyst = 1", 4, "tool.pyst", "a table"),
        ("[tool.pyst.permissions]\nread = [" + "'a'," * 501 + "]", 3, "tool.pyst.permissions", "500"),
    ],
)
def test_a_wrong_declaration_has_a_place(text: str, line: int, key: str, words: str) -> None:
    with pytest.raises(Failure) as caught:
        block(text)
    failure = caught.value
    assert failure.code == "E_PERMISSIONS"
    assert failure.where is not None
    assert (failure.where.path, failure.where.line, failure.where.key) == ("/s.py", line, key)
    assert words in failure.message + failure.hint
