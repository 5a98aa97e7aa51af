"""Giving out what `main` returned, on standard output: text as it is, bytes raw, anything else as JSON.

A generator or another iterator is given out item by item, one line each: text as it is, anything else as JSON.
JSON is written here rather than by `json`, which costs 8 ms to import.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

try:
    from _json import encode_basestring as quote
except ImportError:
    from json.encoder import encode_basestring as quote

INDENT = "  "


def give_out(value: "Any") -> None:
    """Write `value` to standard output; indented where that is a terminal and it is one value."""
    if sys.stdout is None:
        return
    if hasattr(type(value), "__anext__"):
        import asyncio

        asyncio.run(_give_out_later(value))
    elif hasattr(type(value), "__next__"):
        for each in value:
            _write(each, "")
            sys.stdout.flush()
    else:
        _write(value, INDENT if sys.stdout.isatty() else "")


async def _give_out_later(values: "Any") -> None:
    async for each in values:
        _write(each, "")
        sys.stdout.flush()


def _write(value: "Any", indent: str) -> None:
    if isinstance(value, (bytes, bytearray, memoryview)) and hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(value)
        return
    is_text = isinstance(value, str)
    text = str(plain(value)) if is_text else to_json(value, indent)
    if text[-1:] != "\n":
        text += "\n"
    try:
        sys.stdout.write(text)
    except UnicodeEncodeError:
        sys.stdout.flush()
        _write_encoded(text, is_text)


def _write_encoded(text: str, is_text: bool) -> None:
    """Write what the stream's encoding lacks: names of files as their bytes, else escaped."""
    encoding = sys.stdout.encoding
    if not is_text:
        text = "".join(each if each < "\x7f" else _escaped(each) for each in text)
    try:
        data = text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        data = text.encode(encoding, "backslashreplace")
    sys.stdout.buffer.write(data)


def _escaped(letter: str) -> str:
    number = ord(letter)
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


def to_json(value: "Any", indent: str = "") -> str:
    """`value` as JSON text. What JSON has no word for becomes what comes nearest (see `plain`).

    Raises ValueError where a value holds itself.
    """
    parts: "List[str]" = []
    _put(value, indent, "\n" if indent else "", parts, {})
    return "".join(parts)


def _put(value: "Any", indent: str, start: str, parts: "List[str]", above: "Dict[int, Any]") -> None:
    kind = type(value)
    if kind is str:
        parts.append(quote(value))
    elif value is None or kind is bool:
        parts.append({None: "null", True: "true", False: "false"}[value])
    elif kind is int:
        parts.append(int.__repr__(value))
    elif kind is float:
        finite = value - value == 0
        parts.append(float.__repr__(value) if finite else "null")
    elif kind in (list, tuple, dict):
        if id(value) in above:
            raise ValueError("a value that holds itself can't be written as JSON")
        above[id(value)] = value
        _put_items(value, indent, start, parts, above)
        del above[id(value)]
    else:
        if id(value) in above or len(above) > 500:
            raise ValueError("a value that holds itself can't be written as JSON")
        above[id(value)] = value
        _put(plain(value), indent, start, parts, above)
        del above[id(value)]


def _put_items(value: "Any", indent: str, start: str, parts: "List[str]", above: "Dict[int, Any]") -> None:
    is_map = type(value) is dict
    opening, closing = "{}" if is_map else "[]"
    if not value:
        parts.append(opening + closing)
        return
    inner = start + indent
    separator = "," + inner if indent else ", "
    parts.append(opening + inner)
    first = True
    for each in value.items() if is_map else value:
        if not first:
            parts.append(separator)
        first = False
        if is_map:
            parts.append(quote(_key(each[0])) + ": ")
            each = each[1]
        _put(each, indent, inner, parts, above)
    parts.append(start + closing)


def _key(key: "Any") -> str:
    if type(key) is str:
        return key
    known = {None: "null", True: "true", False: "false"}
    if key is None or type(key) is bool:
        return known[key]
    simple = plain(key)
    return simple if isinstance(simple, str) else str(key if isinstance(simple, (dict, list)) else simple)


def plain(value: "Any") -> "Any":
    """One step from any value towards JSON data.

    Data classes, named tuples, attrs and pydantic models become objects; sets (in order, where they have one),
    arrays and other iterables become lists; enums their values; dates and times their ISO form; bytes their UTF-8
    text, or base64. Anything else becomes its `str`.
    """
    kind = type(value)
    if isinstance(value, type):
        return value.__name__
    if hasattr(kind, "__members__") and hasattr(value, "value"):
        return value.value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__add__(value, 0)
    if isinstance(value, float):
        return float.__add__(value, 0)
    if hasattr(kind, "__dataclass_fields__"):
        return {name: getattr(value, name) for name, field in kind.__dataclass_fields__.items() if _is_field(field)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(kind, "__attrs_attrs__"):
        return {field.name: getattr(value, field.name) for field in kind.__attrs_attrs__}
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        return list(value) if fields is None else dict(zip(fields, value))  # noqa: B905
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _text_of(bytes(value))
    if hasattr(value, "total_seconds"):
        return value.total_seconds()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(kind, "__fspath__"):
        return str(value)
    if isinstance(value, (set, frozenset)):
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    if hasattr(value, "tolist"):  # numpy's arrays and scalars
        return value.tolist()
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a data frame
        return value.to_dict("records")
    if hasattr(value, "keys") and hasattr(kind, "__getitem__"):
        return {key: value[key] for key in value.keys()}  # noqa: SIM118 - all that a mapping promises
    if hasattr(kind, "__iter__"):
        return list(value)
    return str(value)


def _is_field(field: "Any") -> bool:
    """Whether it is no `ClassVar` and no `InitVar`."""
    return getattr(field._field_type, "name", "") == "_FIELD"


def _text_of(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        import binascii

        return binascii.b2a_base64(data, newline=False).decode("ascii")
