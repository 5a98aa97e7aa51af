"""The rules of the format, each broken once, and the reference validator's opinion beside ours."""

from pathlib import Path

import pytest
from skills_ref import validate

from pyst.agents.skills.rules import violations_of
from pyst.agents.skills.skill import MAIN, Skill, files_of, skill_name

GOOD = Skill("a-skill", "Does a thing. Use it when the thing is to be done.", "# A\n\n[more](references/more.md)\n")
GOOD = GOOD._replace(references=(("references/more.md", "# More\n"),))


def lay(files: dict[str, str], folder: Path) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_a_good_skill_is_good_for_both(tmp_path: Path) -> None:
    files = files_of(GOOD, "1.2.3")
    assert violations_of(files, "a-skill") == []
    assert validate(lay(files, tmp_path / "a-skill")) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "A-skill"}, "the name `A-skill`"),
        ({"name": "-a"}, "the name `-a`"),
        ({"name": "a--b"}, "the name `a--b`"),
        ({"name": "a" * 65}, "is not 1 to 64"),
        ({"name": "other"}, "not that of the folder"),
        ({"description": "x" * 1025}, "the description"),
        ({"body": "line\n" * 600}, "too many"),
        ({"body": "\n"}, "the body is empty"),
        ({"body": "[x](references/absent.md)\n"}, "spoken of, but not in the package"),
        ({"references": (("references/deep/x.md", ""),)}, "deeper than one level"),
        ({"references": (("../x.md", ""),)}, "deeper than one level"),
        ({"references": (("references/more.md", "[x](y.md)\n"),)}, "references stay one level deep"),
    ],
)
def test_each_rule(change: dict[str, object], told: str) -> None:
    files = files_of(GOOD._replace(**change), "1.2.3")  # type: ignore[arg-type]
    assert any(told in each for each in violations_of(files, "a-skill")), violations_of(files, "a-skill")


@pytest.mark.parametrize(
    "change", [{"name": "A-skill"}, {"name": "a--b"}, {"name": "other"}, {"description": "x" * 1025}]
)
def test_what_the_reference_refuses_we_refuse(change: dict[str, str], tmp_path: Path) -> None:
    files = files_of(GOOD._replace(**change), "1.2.3")  # type: ignore[arg-type]
    assert validate(lay(files, tmp_path / "a-skill"))
    assert violations_of(files, "a-skill")


def test_angle_brackets_don_t_get_into_a_description() -> None:
    files = files_of(GOOD._replace(description="see <system>"), "1.2.3")
    assert 'description: "see ‹system›"' in files[MAIN]
    files[MAIN] = files[MAIN].replace("‹", "<")
    assert violations_of(files, "a-skill") == ["the description holds `<` or `>`, which some readers refuse"]


def test_foreign_keys_are_none_of_the_format() -> None:
    files = files_of(GOOD, "1.2.3")
    files[MAIN] = files[MAIN].replace("compatibility:", "hooks:")
    assert violations_of(files, "a-skill") == ["the key `hooks` is none of the format's"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("word-count", "word-count"),
        ("db/Back Up", "db-back-up"),
        ("Größe", "groe"),
        ("__x__", "x"),
        ("данные", ""),
        ("a" * 80, "a" * 64),
        ("a" * 63 + "-b", "a" * 63),
    ],
)
def test_names(text: str, name: str) -> None:
    assert skill_name(text) == name
