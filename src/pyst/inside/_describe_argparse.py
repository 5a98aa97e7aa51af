"""What a parser of argparse says of itself."""

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

WORDS = {"str": "str", "int": "int", "float": "float", "bool": "bool", "Path": "path", "PurePath": "path"}
WORDS.update({"date": "date", "datetime": "datetime", "Decimal": "decimal", "UUID": "uuid"})
HIDDEN = (argparse._SubParsersAction, argparse._HelpAction)
MISSING = object()


def parts_of(parser: "Any") -> "List[Any]":
    """The parsers of the commands of `parser`."""
    return [each for action in parser._actions for each in _subparsers(action).values()]


def _subparsers(action: "Any") -> "Dict[str, Any]":
    return action.choices if isinstance(action, argparse._SubParsersAction) else {}


def describe(parser: "Any") -> "Dict[str, Any]":
    """The interface of a parser."""
    text = (parser.description or "").strip()
    summary, _, description = text.partition("\n\n")
    parameters = []
    commands: "Dict[str, Any]" = {}
    for action in parser._actions:
        inner = _subparsers(action)
        if inner:
            commands.update(_commands(action))
        elif not isinstance(action, HIDDEN) and action.help != argparse.SUPPRESS:
            parameters.append(_parameter(action))
    return {
        "entry": "framework",
        "framework": "argparse",
        "summary": " ".join(summary.split()),
        "description": description.strip(),
        "parameters": parameters,
        "commands": commands,
        "unknown": [],
        "exit_notes": [],
        "is_async": False,
        "returns": None,
        "result_schema": None,
        "runs_alone": False,
    }


def _commands(action: "Any") -> "Dict[str, Any]":
    """The commands by their first name; further names are aliases."""
    helps = {each.dest: each.help for each in action._choices_actions}
    found: "Dict[str, Any]" = {}
    seen = set()
    for name, parser in action.choices.items():
        if id(parser) in seen or helps.get(name) == argparse.SUPPRESS:
            continue
        seen.add(id(parser))
        found[name] = describe(parser)
        found[name]["summary"] = found[name]["summary"] or " ".join((helps.get(name) or "").split())
    return found


def _parameter(action: "Any") -> "Dict[str, Any]":
    is_option = bool(action.option_strings)
    kind = type(action).__name__
    many = kind in ("_AppendAction", "_AppendConstAction", "_ExtendAction", "_CountAction")
    unknown = []
    default = _plain(None if action.default == argparse.SUPPRESS else action.default)
    if default is MISSING:
        unknown.append("default")
        default = None
    choices = _plain(list(action.choices)) if action.choices is not None else None
    if choices is MISSING:
        unknown.append("choices")
        choices = None
    is_flag = action.nargs == 0
    word = "choice" if choices else "bool" if is_flag else _word(action.type)
    if kind == "_CountAction":
        word = "int"
    if word is None:
        unknown.append("type")
    help = action.help or ""
    if kind == "BooleanOptionalAction" and help.endswith(" (default: %(default)s)"):
        help = help[: -len(" (default: %(default)s)")]  # Python before 3.13 adds it
    width = _width(action, kind)
    if width is MISSING:
        unknown.append("width")
        width = 1
    several = action.nargs in ("*", "+", "...", "A...") or (isinstance(action.nargs, int) and action.nargs > 1)
    return {
        "name": action.dest,
        "kind": "option" if is_option else "argument",
        "flags": list(action.option_strings),
        "required": bool(action.required) if is_option else action.nargs not in ("?", "*", "..."),
        "multiple": many or several,
        "is_flag": is_flag,
        "type": word,
        "choices": choices,
        "default": default,
        "help": help or None,
        "unknown": unknown,
        "off_flags": _off_flags(action, kind),
        "width": width,
        "repeats": kind in ("_AppendAction", "_ExtendAction"),
    }


def _width(action: "Any", kind: str) -> "Any":
    """How many words one use takes; `MISSING` for what takes all words that are left, options too."""
    if action.nargs in ("...", "A..."):
        return MISSING
    if kind == "_ExtendAction" and action.nargs in ("*", "+"):
        return 1  # uses add up, so one word for each is enough
    if action.nargs in ("*", "+"):
        return None
    return action.nargs if isinstance(action.nargs, int) and action.nargs else 1


def _off_flags(action: "Any", kind: str) -> "List[str]":
    flags = list(action.option_strings)
    if kind == "BooleanOptionalAction":
        return [each for each in flags if each.startswith("--no-") and "--" + each[5:] in flags]
    return flags if kind == "_StoreFalseAction" else []


def _word(kind: "Any") -> "Any":
    if kind is None:
        return "str"
    if isinstance(kind, argparse.FileType):
        return "path"
    return WORDS.get(getattr(kind, "__name__", ""))


def _plain(value: "Any") -> "Any":
    if hasattr(value, "value") and hasattr(value, "name") and hasattr(type(value), "__members__"):
        value = value.value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        items = [_plain(each) for each in value]
        return MISSING if MISSING in items else items
    if isinstance(value, dict):
        pairs = {str(key): _plain(each) for key, each in value.items()}
        return MISSING if MISSING in pairs.values() else pairs
    if hasattr(value, "__fspath__"):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else MISSING
