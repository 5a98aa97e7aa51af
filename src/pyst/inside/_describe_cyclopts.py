"""What an app of Cyclopts says of itself."""

import enum
import inspect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

WORDS = {"str": "str", "int": "int", "float": "float", "bool": "bool", "Path": "path", "datetime": "datetime"}
WORDS.update({"date": "date", "UUID": "uuid", "Decimal": "decimal", "bytes": "bytes", "timedelta": "timedelta"})
MISSING = object()


def parts_of(app: "Any") -> "List[Any]":
    """The apps of the commands of `app`."""
    return [app[name] for name in app if not name.startswith("-")]


def describe(app: "Any") -> "Dict[str, Any]":
    """The interface of an app."""
    parameters = []
    if app.default_command is not None:
        helps = _documented(app.default_command)
        parameters = [_parameter(each, helps) for each in app.assemble_argument_collection() if each.show]
    commands = {}
    seen = set()
    for name in app:
        inner = None if name.startswith("-") else app[name]
        if inner is not None and inner.show and id(inner) not in seen:
            seen.add(id(inner))
            commands[name] = describe(inner)
    help = inspect.cleandoc(app.help or "")
    summary, _, description = help.partition("\n\n")
    return {
        "entry": "framework",
        "framework": "cyclopts",
        "summary": " ".join(summary.split()),
        "description": description.strip(),
        "parameters": parameters,
        "commands": commands,
        "unknown": [],
        "exit_notes": [],
        "is_async": False,
        "returns": None,
        "result_schema": None,
        "runs_alone": bool(commands) and app.default_command is not None,
    }


def _documented(function: "Any") -> "Dict[str, Any]":
    """The help that the docstring gives to each parameter.

    Not asked of the app: one that has parsed two functions' docstrings mixes them up (seen with Cyclopts 5.4).
    """
    from docstring_parser import parse

    return {each.arg_name: each.description for each in parse(inspect.getdoc(function) or "").params}


def _parameter(argument: "Any", helps: "Dict[str, Any]") -> "Dict[str, Any]":
    field = argument.field_info
    place = str(field.kind.name)
    empty = field.default is inspect.Parameter.empty
    is_argument = place in ("POSITIONAL_ONLY", "VAR_POSITIONAL") or (
        place == "POSITIONAL_OR_KEYWORD" and argument.required and argument.index is not None
    )
    words, takes_all = argument.token_count()
    extra = place == "VAR_KEYWORD"
    open_ended = place == "VAR_POSITIONAL" or (is_argument and takes_all)
    choices = argument.get_choices(force=True)
    unknown = []
    default = _plain(None if empty else field.default, argument)
    if default is MISSING:
        unknown.append("default")
        default = None
    if place == "VAR_KEYWORD":
        unknown.append("flags")
    flags = [] if is_argument or place == "VAR_KEYWORD" else [each for each in argument.names if each.startswith("-")]
    word = "choice" if choices else _word(argument.hint)
    if word is None:
        unknown.append("type")
    return {
        "name": ".".join([field.name, *argument.keys]) if argument.keys else field.name,
        "kind": "argument" if is_argument else "option",
        "flags": flags,
        "required": bool(argument.required),
        "multiple": bool(takes_all or words > 1 or argument.parameter.count or place == "VAR_KEYWORD"),
        "is_flag": words == 0 or _is_optional_bool(argument.hint),
        "type": word,
        "choices": list(choices) if choices else None,
        "default": default,
        "help": " ".join((argument.parameter.help or helps.get(field.name) or "").split()) or None,
        "unknown": unknown,
        "off_flags": [each for each in flags if each in argument.negatives],
        "width": None if open_ended else words or 1,
        "repeats": extra or (bool(takes_all) and not open_ended),
    }


def _is_optional_bool(hint: "Any") -> bool:
    """`--flag` alone is enough for `bool | None` too, though it may take a word."""
    return set(getattr(hint, "__args__", ())) == {bool, type(None)}


def _word(hint: "Any") -> "Any":
    for _ in range(4):
        inner = [each for each in getattr(hint, "__args__", ()) if each not in (type(None), Ellipsis)]
        if not inner or getattr(hint, "__origin__", None) is dict:
            break
        hint = inner[0] if len(set(inner)) == 1 else None
    return WORDS.get(getattr(hint, "__name__", "")) if isinstance(hint, type) else None


def _plain(value: "Any", argument: "Any") -> "Any":
    if isinstance(value, enum.Enum):
        return argument.parameter.name_transform(value.name)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        items = [_plain(each, argument) for each in value]
        return MISSING if MISSING in items else items
    if isinstance(value, dict):
        pairs = {str(key): _plain(each, argument) for key, each in value.items()}
        return MISSING if MISSING in pairs.values() else pairs
    if hasattr(value, "__fspath__"):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else MISSING
