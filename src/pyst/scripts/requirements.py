"""Requirements (PEP 508) as text: taken apart and brought to one form. Pure.

Done by hand, since `packaging` takes 30 ms to import. Two texts that come to the same form are equal by the standard;
a difference that the form doesn't see through (`1.0` and `1.0.0`) stays. What is no requirement is left as it is.
"""

from __future__ import annotations

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def normalized_name(name: str) -> str:
    """The normalized form of a package's name (PyPA specification "Names and normalization")."""
    parts = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join(each for each in parts if each)


def _is_name(text: str) -> bool:
    return bool(text) and text[0] not in "-_." and text[-1] not in "-_." and all(char in _NAME for char in text)


def split_requirement(text: str) -> tuple[str, str, str, str]:
    """A requirement (PEP 508) as normalized name, extras, the rest up to the marker, and the marker.

    The rest starts with `@` for a direct reference, else with an operator. The name is empty, and the rest is all of
    the text, where that is not the form of a requirement.
    """
    text = text.strip()
    end = 0
    while end < len(text) and text[end] in _NAME:
        end += 1
    name, rest = text[:end], text[end:].lstrip()
    broken = ("", "", text, "")
    if not _is_name(name):
        return broken
    extras = ""
    if rest.startswith("["):
        inside, closed, rest = rest[1:].partition("]")
        wanted = [each.strip() for each in inside.split(",")] if inside.strip() else []
        if not closed or not all(_is_name(each) for each in wanted):
            return broken
        extras = ",".join(sorted({normalized_name(each) for each in wanted}))
        rest = rest.lstrip()
    if rest.startswith("@"):
        url, mark, marker = rest[1:].strip().partition(" ;")  # without the space the `;` is part of the URL
        if mark and not marker.strip():
            return broken
        return normalized_name(name), extras, "@" + url.strip(), marker.strip()
    rest, mark, marker = rest.partition(";")
    rest = rest.strip()
    if (rest and rest[0] not in "(<>=!~") or (mark and not marker.strip()):
        return broken
    return normalized_name(name), extras, rest, marker.strip()


def is_plain(text: str) -> bool:
    """Whether `text` is a requirement of the usual kind: a name, extras, bounds that are versions of numbers.

    What is so is one by the standard; of the rest nothing is said.
    """
    name, _, rest, marker = split_requirement(text)
    is_simple = text.isascii() and text.isprintable() and ";" not in text
    return bool(name) and is_simple and not marker and is_plain_specifier(rest)


def is_plain_specifier(text: str) -> bool:
    """Whether `text` is a set of version specifiers of the usual kind: `>=3.9,<4`, `==1.2.*`, or nothing."""
    return not text or all(map(_is_plain_bound, text.split(",")))


def _is_plain_bound(text: str) -> bool:
    bound = text.strip(" ")
    operator = bound[:2] if bound[1:2] == "=" else bound[:1]
    if operator not in ("==", "!=", "<=", ">=", "~=", "<", ">"):
        return False
    parts = bound[len(operator) :].strip(" ").split(".")
    if operator in ("==", "!=") and parts[-1] == "*":
        del parts[-1]
    numbers = all(each.isascii() and each.isdigit() for each in parts)
    return bool(parts) and numbers and (operator != "~=" or len(parts) > 1)


def normalized_requirement(text: str) -> str:
    """The requirement in one form: name, extras and specifiers normalized and sorted, the marker's spaces evened."""
    name, extras, rest, marker = split_requirement(text)
    if not name:
        return rest
    if rest.startswith("@"):
        rest = " @ " + rest[1:]
    else:
        if rest.startswith("(") and rest.endswith(")"):
            rest = rest[1:-1]
        rest = normalized_specifiers(rest)
    tail = f" ; {_evened(marker)}" if marker else ""
    return name + (f"[{extras}]" if extras else "") + rest + tail


def normalized_specifiers(text: str) -> str:
    """Version specifiers (PEP 440) without spaces, each once, sorted. Versions are left as they are written."""
    return ",".join(sorted({_normalized_clause(each.strip()) for each in text.split(",") if each.strip()}))


def _normalized_clause(clause: str) -> str:
    at = 0
    while at < len(clause) and clause[at] in "<>=!~":
        at += 1
    return clause[:at] + clause[at:].lstrip()


def _evened(marker: str) -> str:
    """`marker` with every run of spaces outside quotes made one."""
    out: list[str] = []
    quote = ""
    for char in marker:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char.isspace():
            if out and out[-1] != " ":
                out.append(" ")
            continue
        out.append(char)
    return "".join(out).strip()
