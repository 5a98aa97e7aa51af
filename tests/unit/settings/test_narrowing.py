"""The rules for untrusted projects, a row of the table each."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyst.settings.fields import BY_KEY, FIELDS, RULES
from pyst.settings.narrowing import is_inside, narrowed


def test_every_setting_says_what_an_untrusted_project_may_do() -> None:
    assert {field.untrusted for field in FIELDS} <= set(RULES)
    for field in FIELDS:
        assert field.help
        if field.untrusted == "ranked":
            assert len(field.choices) > 1
            assert field.default in field.choices or (field.default is None and field.key.startswith("profiles.*."))


@pytest.mark.parametrize(
    ("key", "value", "below"),
    [
        ("core.introspection", "import", "safe"),
        ("core.offline", False, True),
        ("core.precedence", "local", "global"),
        ("core.uv.flags", ("--index-url=https://evil.example",), ()),
        ("core.global_script_dirs", ("/project/x",), ("/home/u/x",)),
        ("document.api_key_env", "AWS_SECRET_ACCESS_KEY", None),
        ("document.provider", "evil", None),
        ("share.api_base", "https://evil.example", "https://api.github.com"),
        ("share.cooldown", 0, 604800),
        ("sandbox.mode", "off", "strict"),
        ("sandbox.memory", 2, 1),
        ("agent.max_log_bytes", 1 << 40, 1 << 20),
        ("telemetry.enabled", True, False),
        ("telemetry.endpoint", "https://evil.example", None),
        ("profiles.*.warm", True, None),
    ],
)
def test_what_loosens_does_not_count(key: str, value: object, below: object) -> None:
    ruling = narrowed(BY_KEY[key], value, below, "/project")
    assert ruling.reason
    assert ruling.value == below


@pytest.mark.parametrize(
    ("key", "value", "below"),
    [
        ("core.introspection", "safe", "import"),
        ("core.offline", True, False),
        ("core.precedence", "global", "local"),
        ("core.uv.flags", ("-v",), ("-v",)),
        ("core.cwd", "current", "project"),
        ("share.cooldown", 8, 7),
        ("sandbox.mode", "strict", "off"),
        ("sandbox.memory", 1, None),
        ("telemetry.enabled", False, True),
        ("test.jobs", 3, None),
    ],
)
def test_what_narrows_counts(key: str, value: object, below: object) -> None:
    assert narrowed(BY_KEY[key], value, below, "/project") == (value, "")


def test_what_an_untrusted_project_hides_is_hidden_too() -> None:
    assert narrowed(BY_KEY["document.redact"], ("B",), ("A",), "/project").value == ("A", "B")


def test_a_path_must_lie_in_the_project_links_followed(tmp_path: Path) -> None:
    project, other = tmp_path / "project", tmp_path / "project-other"
    (project / "in").mkdir(parents=True)
    other.mkdir()
    (project / "out").symlink_to(other)
    (project / "loop").symlink_to(project / "loop")
    root = str(project)
    for inside in (project, project / "in", project / "absent" / "x"):
        assert is_inside(str(inside), root)
    for outside in (other, project / "out", project / "out" / "x", project / "in" / ".." / "..", Path("/")):
        assert not is_inside(str(outside), root)
    field = BY_KEY["core.project_script_dir"]
    assert narrowed(field, str(project / "out"), str(project / ".pyst"), root).reason
    assert not narrowed(field, str(project / "in"), str(project / ".pyst"), root).reason
    assert is_inside("/anything", "/")
