"""Words as values of classes: enums, literals, paths, dates, dicts, data classes, and any class that takes a text.

Loaded by `_types` only where a signature has one of these. `make` is its `Type`.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple


def mapping(make: "Any", key: "Any", value: "Any", build: "Any") -> "Any":
    """A dict: `key=value` again and again, or a JSON object."""

    def convert(text: str) -> "Any":
        if text[:1] == "{":
            import json

            return [
                (key.convert(name), value.convert(each) if isinstance(each, str) else each)
                for name, each in json.loads(text).items()
            ]
        name, equals, each = text.partition("=")
        if not equals:
            raise ValueError(text)
        return [(key.convert(name), value.convert(each))]

    def merge(groups: "List[Any]") -> "Any":
        pairs = dict(pair for group in groups for pair in group)
        if build is dict or build.__name__ == "defaultdict":
            return pairs
        return build(pairs)

    word = f"{key.word}={value.word}"
    return make(word, "`key=value` or a JSON object", convert, 17, None, merge)


def literal(make: "Any", values: "Tuple[Any, ...]") -> "Any":
    """One of the values of a `Literal`."""
    meant = {}
    for each in values:
        if each is not None:
            text = str(each).lower() if isinstance(each, bool) else each.name if hasattr(each, "name") else str(each)
            meant[text] = each
    return _choice(make, meant, {})


def _enum(make: "Any", kind: "Any") -> "Any":
    members = dict(kind.__members__)
    values: "Dict[str, Any]" = {}
    for member in members.values():
        values.setdefault(str(member.value), member)
    if all(isinstance(member.value, str) for member in members.values()):
        return _choice(make, values, members)
    return _choice(make, members, values)


def _choice(make: "Any", shown: "Dict[str, Any]", others: "Dict[str, Any]") -> "Any":
    """One of `shown`, or silently of `others`; in any case of letters where that is not ambiguous."""

    def convert(text: str) -> "Any":
        if text in shown:
            return shown[text]
        if text in others:
            return others[text]
        for names in (shown, others):
            folded = [value for name, value in names.items() if name.lower() == text.lower()]
            if folded and all(value is folded[0] for value in folded):
                return folded[0]
        raise ValueError(text)

    choices = list(shown)
    return make("choice", "one of " + ", ".join(choices), convert, 0, choices)


def class_type(make: "Any", kind: "Any") -> "Any":
    """A class that makes a value of one text: known ones with a good message, others by calling them.

    None for one that can not be called so.
    """
    name = kind.__name__
    if hasattr(kind, "__members__"):
        return _enum(make, kind)
    if hasattr(kind, "__fspath__"):
        pure = {"PathLike": str}.get(name, kind)
        return make("path", "a path", pure, 19)
    if hasattr(kind, "fromisoformat"):
        return _moment(make, kind)
    if kind.__module__ in ("decimal", "_decimal", "_pydecimal"):
        return make("decimal", "a number", kind, 4)
    if name == "timedelta" and kind.__module__ == "datetime":
        return make("timedelta", "a number of seconds", lambda text: kind(seconds=float(text)), 5)
    if name == "UUID":
        return make("uuid", "a UUID", kind, 1)
    if (
        getattr(kind, "_is_protocol", False)
        or getattr(kind, "__abstractmethods__", None)
        or kind.__module__ == "typing"
    ):
        return None
    if hasattr(kind, "model_validate_json"):  # pydantic
        return make("json", "", kind.model_validate_json, 6)
    if hasattr(kind, "__dataclass_fields__"):
        return make(name, "", lambda text: _from_json(kind, text), 6)
    return make(name, "", kind, 7)


def _from_json(kind: "Any", text: str) -> "Any":
    """A data class from a JSON object, or from the text where it has one field."""
    if text[:1] != "{":
        return kind(text)
    import json

    return kind(**json.loads(text))


def _moment(make: "Any", kind: "Any") -> "Any":
    name = kind.__name__

    def convert(text: str) -> "Any":
        if sys.version_info < (3, 11) and name != "date" and text[-1:] in ("Z", "z"):
            text = text[:-1] + "+00:00"
        return kind.fromisoformat(text)

    known = {
        "date": ("a date such as 2026-01-31", 6),
        "datetime": ("a date and time such as 2026-01-31T12:00:00", 7),
        "time": ("a time such as 12:30", 8),
    }
    noun, rank = known.get(name, (f"a {name}", 8))
    return make(name.lower(), noun, convert, rank)
