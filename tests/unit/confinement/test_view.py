"""What a confined Python sees, as a value; on folders of our own."""

import os
from pathlib import Path

import pytest

pytest.importorskip("pyst.confinement.linux.calls", reason="the walls are those of Linux")
from pyst.confinement.linux.landlock import EXECUTE, READ, WRITE_FILE
from pyst.confinement.linux.mounts import Mount, View
from pyst.confinement.view import covers, rules_of_basic, rules_of_strict, trace, view_of
from pyst.confinement.walls import Wall, Walls
from pyst.running.plan import Plan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan with an installation, an environment made from it, a script and a folder to start in."""
    for folder in ("base/bin", "base/lib/python3.12", "environment/bin", "work/kept", "read"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "base/bin/python3.12").touch()
    (tmp_path / "environment/bin/python").symlink_to(tmp_path / "base/bin/python3.12")
    (tmp_path / "environment/pyvenv.cfg").write_text(f"home = {tmp_path}/base/bin\n")
    (tmp_path / "script.py").touch()
    argv = (str(tmp_path / "environment/bin/python"), str(tmp_path / "script.py"))
    return Plan(argv, str(tmp_path / "work"), environment=str(tmp_path / "environment"))


def seen(view: View, path: Path) -> Mount | None:
    """The mount that a path is seen through."""
    found = [each for each in view.mounts if covers(each.target, str(path))]
    return found[-1] if found else None


def test_links_are_followed_and_told(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to(tmp_path / "real")
    real, links = trace(f"{tmp_path}/./one/deep/../deep")
    assert real == f"{tmp_path}/real/deep"
    assert dict(links) == {f"{tmp_path}/one": "two", f"{tmp_path}/two": f"{tmp_path}/real"}


def test_a_ring_of_links_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert len(trace(f"{tmp_path}/one")[1]) == 41


def test_what_a_python_needs_is_seen_and_not_written(plan: Plan, tmp_path: Path) -> None:
    view = view_of(Walls("strict", (), ()), plan, None)
    for path in ("base/lib/python3.12", "environment/pyvenv.cfg", "script.py"):
        mount = seen(view, tmp_path / path)
        assert mount is not None
        assert not mount.writable
    assert seen(view, tmp_path / "work") is None
    assert plan.cwd in view.folders
    assert seen(view, Path("/usr/lib")) is not None
    assert not any(covers(each.target, "/etc/shadow") or covers(each.target, "/root") for each in view.mounts)


def test_the_environment_stays_as_it_is_within_what_is_written(plan: Plan, tmp_path: Path) -> None:
    view = view_of(Walls("strict", (), (str(tmp_path),)), plan, None)
    for path, writable in (("work", True), ("environment/lib", False), ("script.py", False), ("base/bin", False)):
        mount = seen(view, tmp_path / path)
        assert mount is not None
        assert mount.writable == writable


def test_parents_are_mounted_first(plan: Plan, tmp_path: Path) -> None:
    view = view_of(Walls("strict", (str(tmp_path / "read"),), (str(tmp_path), str(tmp_path / "work"))), plan, None)
    targets = [each.target for each in view.mounts]
    for at, target in enumerate(targets):
        assert not any(covers(target, before) and target != before for before in targets[:at])


def test_deny_beats_allow(plan: Plan, tmp_path: Path) -> None:
    kept = tmp_path / "work" / "kept"
    view = view_of(Walls("strict", (), (str(tmp_path / "work"),), (str(kept),)), plan, None)
    mount = seen(view, kept / "deeper")
    assert mount is not None
    assert mount.source == ""


def test_the_names_on_the_way_to_what_is_kept_are_mounted_on_themselves(plan: Plan, tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "one" / "two" / "kept").mkdir(parents=True)
    (work / "link").symlink_to("one")
    view = view_of(Walls("strict", (), (str(work),), (str(work / "link" / "two" / "kept"),)), plan, None)
    fixed = {each.target: each for each in view.mounts if covers(str(work), each.target)}
    assert set(fixed) == {str(work / each) for each in ("", "link", "one", "one/two", "one/two/kept")}
    assert all(fixed[str(work / each)].writable for each in ("one", "one/two"))
    assert [each.target for each in fixed.values() if each.is_link] == [str(work / "link")]


def test_what_is_denied_has_to_be_there_where_it_could_be_made(plan: Plan, tmp_path: Path) -> None:
    view_of(Walls("strict", (), (), (str(tmp_path / "absent"),)), plan, None)
    with pytest.raises(Wall, match="could be made"):
        view_of(Walls("strict", (), (str(tmp_path),), (str(tmp_path / "absent"),)), plan, None)


def test_a_home_is_not_shown_for_a_python_in_it(plan: Plan, tmp_path: Path) -> None:
    view = view_of(Walls("strict", (), ()), plan, str(tmp_path / "base"))
    assert seen(view, tmp_path / "base" / "secret") is None
    assert seen(view, tmp_path / "base/lib/python3.12") is not None
    assert seen(view, tmp_path / "base/bin/python3.12") is not None


def test_nothing_that_is_written_is_executed_unless_all_is(plan: Plan, tmp_path: Path) -> None:
    given = Walls("strict", (), (str(tmp_path / "work"),))
    for walls, executes in ((given, False), (given._replace(run=None), True)):
        view = view_of(walls, plan, None)
        mount = seen(view, tmp_path / "work")
        assert mount is not None
        assert (mount.executes, view.executes) == (executes, executes)


@pytest.mark.parametrize("path", ["/proc", "/dev", "/proc/1", "/dev/kvm"])
def test_the_own_folders_can_not_be_granted(plan: Plan, path: str) -> None:
    with pytest.raises(Wall, match="can't be granted"):
        view_of(Walls("strict", (path,), ()), plan, None)


def test_the_root_is_granted_without_what_is_the_scripts_own(plan: Plan) -> None:
    view = view_of(Walls("strict", ("/",), ()), plan, None)
    targets = {each.target for each in view.mounts}
    assert "/etc" in targets
    assert targets.isdisjoint({"/", "/proc", "/dev", "/sys", "/tmp"})
    assert view.private == "/tmp"


def test_a_granted_tmp_is_the_real_one(plan: Plan) -> None:
    assert view_of(Walls("strict", (), ("/tmp",)), plan, None).private != "/tmp"


def test_the_rules_of_both_tiers(plan: Plan, tmp_path: Path) -> None:
    walls = Walls("strict", (str(tmp_path / "read"),), (str(tmp_path / "work"),))
    strict = rules_of_strict(walls, plan, view_of(walls, plan, None), None)
    basic = rules_of_basic(walls, plan, str(tmp_path / "private"), None)
    for rules in (strict, basic):
        executed = {each.path for each in rules if each.rights & EXECUTE}
        assert executed == {str(tmp_path / "base/bin/python3.12"), *(each for each in executed if "/ld-" in each)}
        written = {each.path for each in rules if each.rights & WRITE_FILE and each.path.startswith(str(tmp_path))}
        assert written <= {str(tmp_path / "work"), str(tmp_path / "private")}
    assert any(each.path == str(tmp_path / "read") and each.rights == READ for each in basic)
    assert not any(covers(each.path, str(tmp_path / "script-of-another")) for each in basic)


def test_basic_reads_around_what_is_denied(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "read" / "beside").touch()
    (tmp_path / "read" / "denied").mkdir()
    walls = Walls("basic", (str(tmp_path / "read"),), (), (str(tmp_path / "read" / "denied"),))
    paths = [each.path for each in rules_of_basic(walls, plan, "/nowhere", None)]
    assert str(tmp_path / "read" / "beside") in paths
    assert not any(covers(each, str(tmp_path / "read" / "denied")) for each in paths)


def test_basic_can_not_keep_from_writing_below_what_is_written(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(Wall, match="strict"):
        rules_of_basic(Walls("basic", (), (str(tmp_path),)), plan, "/nowhere", None)
    work = str(tmp_path / "work")
    with pytest.raises(Wall, match="strict"):
        rules_of_basic(Walls("basic", (), (work,), (os.path.join(work, "kept"),)), plan, "/nowhere", None)


def test_a_folder_that_links_to_itself_can_be_denied_from(plan: Plan, tmp_path: Path) -> None:
    """As `/usr/bin` does by `X11`."""
    (tmp_path / "read" / "self").symlink_to(".")
    (tmp_path / "read" / "kept").touch()
    (tmp_path / "read" / "secret").touch()
    walls = Walls("basic", (f"{tmp_path}/read",), (), (f"{tmp_path}/read/secret",))
    rules = {rule.path for rule in rules_of_basic(walls, plan, f"{tmp_path}/private", None) if rule.rights & READ}
    assert f"{tmp_path}/read/kept" in rules
    assert not {f"{tmp_path}/read", f"{tmp_path}/read/secret"} & rules
