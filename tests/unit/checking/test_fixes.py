"""Remedies: what is safe is applied, nothing else is touched, and a second round finds nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyst.checking.fixes import mend
from pyst.checking.rules import check
from pyst.checking.subject import Facts
from pyst.scripts.introspect.parsing import check_syntax
from pyst.scripts.metadata import parse_metadata

CORPUS = sorted((Path(__file__).parents[2] / "corpus" / "check").glob("*.py"))
FACTS = Facts(path="/x/script.py")


def mended(text: str, *, with_unsafe: bool = False) -> str:
    return mend(text.encode(), FACTS, with_unsafe=with_unsafe).source.decode()


@pytest.mark.parametrize("with_unsafe", [False, True])
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_mending_ends_keeps_sound_what_was_and_leaves_nothing_to_do(path: Path, with_unsafe: bool) -> None:
    source = path.read_bytes()
    once = mend(source, FACTS, with_unsafe=with_unsafe)
    if check_syntax(source) is None:
        assert check_syntax(once.source) is None
    left = [each for each in check(once.source, FACTS).findings if each.remedy]
    assert not [each for each in left if with_unsafe or (each.remedy and each.remedy.is_safe)]
    assert mend(once.source, FACTS, with_unsafe=with_unsafe) == (once.source, False, ())


def test_a_block_is_added_with_well_known_names_and_the_python_that_the_syntax_needs() -> None:
    text = '#!/usr/bin/env python3\n"""Read."""\nimport tomllib\nimport yaml, PIL\nprint(yaml, PIL, tomllib)\n'
    assert mended(text) == (
        "#!/usr/bin/env python3\n"
        "# /// script\n"
        '# requires-python = ">=3.11"\n'
        "# dependencies = [\n"
        '#     "pillow",\n'
        '#     "pyyaml",\n'
        "# ]\n"
        "# ///\n"
        "\n"
        '"""Read."""\nimport tomllib\nimport yaml, PIL\nprint(yaml, PIL, tomllib)\n'
    )


def test_a_guessed_name_is_never_brought_in_unasked() -> None:
    text = '# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n# ///\n"""Use it."""\nimport sometthing\n'
    assert mended(text) == text
    assert '"sometthing"' in mended(text, with_unsafe=True)


def test_an_unused_requirement_goes_only_where_that_is_asked_for() -> None:
    block = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["rich>=13", "yarl>=1"]\n# ///\n'
    text = block + '"""Use one of two."""\nimport yarl\nprint(yarl)\n'
    assert mended(text) == text
    assert mended(text, with_unsafe=True) == text.replace('"rich>=13", ', "")


def test_exit_becomes_system_exit_only_where_it_is_a_statement() -> None:
    text = '"""End."""\nif 1: exit(1)\nelse: quit()\nfor ä in "💥": exit("💥")\nx = lambda: exit(2)\n'
    assert mended(text) == (
        '"""End."""\nif 1: raise SystemExit(1)\nelse: raise SystemExit()\n'
        'for ä in "💥": raise SystemExit("💥")\nx = lambda: exit(2)\n'
    )


def test_line_ends_and_byte_order_marks_stay() -> None:
    source = b'\xef\xbb\xbf"""End."""\r\nimport yaml\r\nexit(yaml)\r\n'
    assert mend(source, FACTS).source == (
        b'\xef\xbb\xbf# /// script\r\n# requires-python = ">=3.10"\r\n# dependencies = [\r\n#     "pyyaml",\r\n# ]\r\n'
        b'# ///\r\n\r\n"""End."""\r\nimport yaml\r\nraise SystemExit(yaml)\r\n'
    )


def test_other_encodings_stay() -> None:
    source = '# coding: latin-1\n"""Ä."""\nimport yaml\nprint("ü", yaml)\n'.encode("latin-1")
    done = mend(source, FACTS).source
    assert done.startswith(b"# coding: latin-1\n# /// script\n")
    assert done.endswith('"""Ä."""\nimport yaml\nprint("ü", yaml)\n'.encode("latin-1"))


def test_a_dropped_exit_code_is_handed_on_where_that_is_asked_for() -> None:
    text = (
        '"""Do."""\n\n\ndef main() -> int:\n    """Do."""\n    return 3\n\n\nif __name__ == "__main__":\n    main()\n'
    )
    assert mended(text) == text
    assert mended(text, with_unsafe=True) == text.replace("    main()\n", "    raise SystemExit(main())\n")


def test_an_unclosed_block_is_not_papered_over() -> None:
    text = '# /// script\n# dependencies = ["requests"]\n\n"""Use it."""\nimport requests\nprint(requests)\n'
    assert mended(text, with_unsafe=True) == text


def test_every_block_that_was_written_can_be_read() -> None:
    for path in CORPUS:
        source = mend(path.read_bytes(), FACTS, with_unsafe=True).source
        if path.stem != "bad_toml":
            parse_metadata(source, "x")


LINES = st.lists(
    st.sampled_from(
        [
            "import yaml",
            "import nobody_knows",
            "import tomllib, requests",
            "from PIL import Image",
            "exit(1)",
            "if x: quit()",
            "exit(exit(2))",
            "exit(\n    3,\n)",
            "'ä💥'; exit('ö')",
            "def main() -> int: return 1",
            "main()",
            "x = 1  # a comment",
            "\x0c",
            "# /// script",
            "# ///",
            '# dependencies = ["rich"]',
            '# dependencies = ["yaml==", "rich"]',
            '# requires-python = ">=3.7"',
            "#!/usr/bin/env python3",
            "# coding: utf-8",
            "match x:\n    case 1: exit()",
        ]
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_whatever_is_mended_stays_sound(lines: list[str], line_end: str, with_unsafe: bool) -> None:
    source = ("\n".join(lines) + "\n").replace("\n", line_end).encode()
    once = mend(source, FACTS, with_unsafe=with_unsafe)
    if check_syntax(source) is None:
        assert check_syntax(once.source) is None
    assert mend(once.source, FACTS, with_unsafe=with_unsafe).source == once.source
    if not once.applied:
        assert once.source == source
