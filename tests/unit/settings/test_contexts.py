"""Contexts: which rule decides, through parents, names, paths and the projects of strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyst.errors import ExitCode, Failure
from pyst.scripts.script import Script
from pyst.settings.contexts import Judge, Verdict, active_context, blocked, context_names, names_of, verdict
from pyst.settings.convert import Base
from pyst.settings.layers import defaults, merge, parse_layer
from pyst.settings.values import Settings, build

FILE = "/project/.pyst.toml"


def settings_of(text: str = "", *, own: str = "", trusted: bool = True) -> Settings:
    """Settings of a project's file, below those of the user's own."""
    layers = [parse_layer(own.encode(), "global", "/home/u/.config/pyst/pyst.toml", "/home/u")]
    layers.append(parse_layer(text.encode(), "project", FILE, "/home/u", trusted=trusted))
    merged = merge(defaults(Base("/project", "/home/u"), "/data"), layers, "/project")
    return build(merged, "/home/u", "/data/installed")


def script(name: str, origin: str = "project") -> Script:
    return Script(name, f"/project/.pyst/{name}.py", origin, "/project/.pyst")


def rules(*texts: str, name: str = "default") -> str:
    return f"[contexts.{name}]\nenabled = [\n" + "".join(f'  "{each}",\n' for each in texts) + "]\n"


def judge(text: str, name: str, *, context: str = "default", origin: str = "project") -> Verdict:
    return verdict(script(name, origin), context, settings_of(text))


def test_without_any_context_everything_is_allowed() -> None:
    found = judge("", "x")
    assert found.allowed
    assert (found.rule, found.where) == ("*", None)


def test_the_last_rule_that_matches_decides() -> None:
    text = rules("*", "!db-*", "db-read", "!x")
    assert [judge(text, name).allowed for name in ("a", "db-write", "db-read", "x")] == [True, False, True, False]
    found = judge(text, "db-read")
    assert found.rule == "db-read"
    assert [rule.text for rule in found.matching] == ["*", "!db-*", "db-read"]
    assert found.where == (FILE, 5, "contexts.default.enabled")


def test_where_no_rule_matches_the_script_is_blocked() -> None:
    found = judge(rules("a"), "b")
    assert not found.allowed
    assert (found.rule, found.deciding, found.matching) == ("", None, ())
    assert "no rule" in found.reason
    assert not judge(rules(), "b").allowed


@pytest.mark.parametrize(
    ("rule", "name", "origin", "matches"),
    [
        ("build", "build", "project", True),
        ("build", "ci/build", "project", False),
        ("ci/*", "ci/deep/build", "project", True),
        ("ci/*", "ci", "project", False),
        ("*", "ci/build", "global", True),
        ("?uild", "build", "global", True),
        ("[a-c]uild", "build", "global", True),
        ("[!a-c]uild", "build", "global", False),
        ("Build", "build", "project", False),
        ("global:*", "x", "global", True),
        ("global:*", "x", "project", False),
        ("project:ci/*", "ci/x", "project", True),
        ("path:x", "x", "path", True),
        ("other:x", "other:x", "project", True),
        ("*:x", "x", "project", False),
        ("/project/.pyst/*", "x", "project", True),
        ("./.pyst/x.py", "x", "project", True),
        ("./x.py", "x", "project", False),
        ("../project/*", "x", "project", True),
        ("~/*", "x", "project", False),
    ],
)
def test_what_a_rule_matches(rule: str, name: str, origin: str, matches: bool) -> None:
    assert judge(rules(rule), name, origin=origin).allowed is matches
    assert judge(rules("*", f"!{rule}"), name, origin=origin).allowed is not matches


def test_parents_come_first_and_own_rules_last() -> None:
    text = rules("*", "!db", name="base") + '[contexts.ops]\nextends = "base"\nenabled = ["db"]\n'
    assert not judge(text, "db", context="base").allowed
    found = judge(text, "db", context="ops")
    assert found.allowed
    assert found.deciding is not None
    assert found.deciding.chain == ("ops",)
    inherited = judge(text, "x", context="ops")
    assert inherited.deciding is not None
    assert inherited.deciding.chain == ("ops", "base")
    assert inherited.where == (FILE, 3, "contexts.base.enabled")


def test_a_parent_of_several_counts_once_where_it_is_first_reached() -> None:
    text = (
        rules("*", name="base")
        + '[contexts.a]\nextends = ["base"]\nenabled = ["!x"]\n'
        + '[contexts.b]\nextends = ["base"]\nenabled = ["!y"]\n'
        + '[contexts.c]\nextends = ["a", "b"]\n'
    )
    assert [judge(text, name, context="c").allowed for name in "xyz"] == [False, False, True]


def test_default_can_be_extended_though_nobody_defined_it() -> None:
    text = '[contexts.ci]\nextends = ["default"]\nenabled = ["!x"]\n'
    assert [judge(text, name, context="ci").allowed for name in "xy"] == [False, True]


def test_a_circle_is_shown_with_its_chain_and_line() -> None:
    text = '[contexts.a]\nextends = "b"\n[contexts.b]\nextends = ["c"]\n[contexts.c]\nextends = [\n"d", "b"]\n'
    text += '[contexts.d]\nenabled = ["*"]\n'
    with pytest.raises(Failure, match="`b` → `c` → `b`") as caught:
        judge(text, "x", context="a")
    assert caught.value.code == "E_CONFIG"
    assert caught.value.where == (FILE, 7, "contexts.c.extends")


def test_a_parent_that_does_not_exist_has_near_misses() -> None:
    text = rules("*", name="base") + '[contexts.a]\nextends = "bse"\n'
    with pytest.raises(Failure, match="extends `bse`") as caught:
        judge(text, "x", context="a")
    assert caught.value.hint == "did you mean `base`?"
    assert caught.value.where == (FILE, 6, "contexts.a.extends")


def test_an_endless_row_of_parents_is_refused() -> None:
    text = "".join(f'[contexts.c{n}]\nextends = "c{n + 1}"\n' for n in range(3000))
    with pytest.raises(Failure, match="in a row"):
        judge(text, "x", context="c0")


def test_many_ways_to_one_parent_take_no_more_than_one() -> None:
    text = "".join(f'[contexts.c{n}]\nextends = ["c{n + 1}", "d{n + 1}"]\n' for n in range(40))
    text += "".join(f'[contexts.d{n}]\nextends = ["c{n + 1}"]\n' for n in range(1, 40))
    text += rules("*", name="c40") + rules("*", name="d40")
    assert judge(text, "x", context="c0").allowed


def test_which_context_holds() -> None:
    settings = settings_of(rules("*", name="ci"))
    assert active_context("ci", {"PYST_CONTEXT": "x"}, settings) == "ci"
    assert active_context(None, {"PYST_CONTEXT": "ci"}, settings) == "ci"
    assert active_context(None, {"PYST_CONTEXT": ""}, settings) == "default"
    assert active_context("default", {}, settings_of()) == "default"
    assert context_names(settings) == ["default", "ci"]
    for flag, environ in (("cii", {}), (None, {"PYST_CONTEXT": "cii"}), ("", {})):
        with pytest.raises(Failure) as caught:
            active_context(flag, environ, settings)
        assert (caught.value.code, caught.value.exit) == ("E_CONTEXT", ExitCode.USAGE)
        assert "`ci`" in caught.value.hint


class TestStrangers:
    """An untrusted project's contexts hold together with the user's own."""

    def test_both_must_allow(self) -> None:
        settings = settings_of(rules("*", "!x"), own=rules("*", "!y"), trusted=False)
        found = [verdict(script(name), "default", settings) for name in "xyz"]
        assert [each.allowed for each in found] == [False, False, True]
        assert [each.where.path if each.where else "" for each in found] == [
            FILE,
            "/home/u/.config/pyst/pyst.toml",
            FILE,
        ]
        assert [rule.origin.kind for rule in found[2].matching] == ["global", "project"]

    def test_trusted_it_replaces(self) -> None:
        settings = settings_of(rules("*", "!x"), own=rules("*", "!y"))
        assert [verdict(script(name), "default", settings).allowed for name in "xy"] == [False, True]

    def test_a_context_of_theirs_is_held_to_the_users_default(self) -> None:
        settings = settings_of(rules("*", name="ci"), own=rules("*", "!y"), trusted=False)
        assert [verdict(script(name), "ci", settings).allowed for name in "xy"] == [True, False]

    def test_it_can_not_widen_a_parent_of_the_users(self) -> None:
        own = rules("*", "!y", name="base") + '[contexts.work]\nextends = "base"\n'
        settings = settings_of(rules("*", name="base"), own=own, trusted=False)
        assert not verdict(script("y"), "work", settings).allowed

    def test_a_user_who_allows_nothing_allows_nothing(self) -> None:
        settings = settings_of(rules("*"), own=rules(), trusted=False)
        assert not verdict(script("x"), "default", settings).allowed

    def test_alone_it_narrows(self) -> None:
        settings = settings_of(rules("*", "!x"), trusted=False)
        assert [verdict(script(name), "default", settings).allowed for name in "xy"] == [False, True]


def test_a_path_has_the_name_that_the_script_has_in_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    (folder / "db").mkdir(parents=True)
    (folder / "db" / "wipe.py").touch()
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "innocent.py").symlink_to(folder / "db" / "wipe.py")
    text = f'[core]\nproject_script_dir = "{tmp_path}/link"\n' + rules("*", "!db/*")
    settings = settings_of(text)
    for path in (folder / "db" / "wipe.py", tmp_path / "link" / "db" / "wipe.py", tmp_path / "innocent.py"):
        given = Script(path.stem, str(path), "path", str(path.parent))
        assert ("project", "db/wipe") in names_of(given, settings)
        assert not verdict(given, "default", settings).allowed
    other = tmp_path / "other.py"
    assert verdict(Script("other", str(other), "path", str(tmp_path)), "default", settings).allowed


def test_blocked_says_how_to_go_on() -> None:
    found = judge(rules("*", "!x"), "x")
    failure = blocked(script("x"), found)
    assert (failure.code, failure.exit) == ("E_BLOCKED", ExitCode.BLOCKED)
    assert failure.where == (FILE, 4, "contexts.default.enabled")
    assert "`!x`" in failure.message
    assert "--force" in failure.hint
    assert blocked(script("b"), judge(rules("a"), "b")).where == (FILE, 3, "contexts.default.enabled")


def test_one_judge_serves_many_scripts() -> None:
    court = Judge("default", settings_of(rules("*", "!b*")))
    assert [court.verdict(script(name)).allowed for name in ("a", "b", "bc", "c")] == [True, False, False, True]
