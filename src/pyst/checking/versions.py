"""Which Python versions a specifier lets in, as far as rules ask. Pure."""

from __future__ import annotations

NEWEST_MINOR = 30
"""As far as minor versions of Python 3 are looked for."""

MOST_PATCH = 40


def lowest_minor(specifier: str) -> tuple[int, int] | None:
    """The lowest minor version of Python 3 of which the specifier (PEP 440) lets in any release, or None."""
    admitted = _admitted(specifier)
    return (3, min(admitted)) if admitted else None


def admits(specifier: str, version: tuple[int, int]) -> bool:
    """Whether the specifier lets in any release of this minor version. A wrong specifier lets in nothing."""
    return version[1] in _admitted(specifier)


def _admitted(specifier: str) -> list[int]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        parsed = SpecifierSet(specifier)
    except InvalidSpecifier:
        return []
    return [
        minor
        for minor in range(NEWEST_MINOR)
        if any(parsed.contains(f"3.{minor}.{patch}", prereleases=True) for patch in range(MOST_PATCH))
    ]


def words(version: tuple[int, int]) -> str:
    """The version as people write it."""
    return f"{version[0]}.{version[1]}"
