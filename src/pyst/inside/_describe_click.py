"""What the commands of Click and Typer say of themselves; Typer carries a Click of its own since 0.26."""

import enum
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

WORDS = {
    "text": "str",
    "integer": "int",
    "integer range": "int",
    "float": "float",
    "float range": "float",
    "boolean": "bool",
    "choice": "choice",
    "path": "path",
    "file": "path",
    "filename": "path",
    "directory": "path",
    "datetime": "datetime",
    "uuid": "uuid",
}
MISSING = object()


def parts_of(app: "Any") -> "List[Any]":
    """The apps and commands that are registered with `app`."""
    if hasattr(app, "registered_groups"):
        return [each.typer_instance for each in app.registered_groups]
    return list(getattr(app, "commands", {}).values())


def describe(app: "Any") -> "Dict[str, Any]":
    """The interface of a Typer app or a Click command."""
    if hasattr(app, "registered_commands"):
        app = sys.modules["typer"].main.get_command(app)
    return _command(app)


def _command(command: "Any") -> "Dict[str, Any]":
    help = _clean(command.help)
    summary, _, description = help.partition("\n\n")
    commands = {}
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            commands[name] = _command(inner)
    parameters = [_parameter(each) for each in command.params if _is_shown(each)]
    return {
        "entry": "framework",
        "framework": None,
        "summary": " ".join(summary.split()),
        "description": description.strip(),
        "parameters": parameters,
        "commands": commands,
        "unknown": [],
        "exit_notes": [],
        "is_async": False,
        "returns": None,
        "result_schema": None,
        "runs_alone": bool(commands and getattr(command, "invoke_without_command", False)),
    }


def _clean(help: "Optional[str]") -> str:
    import inspect

    text = inspect.cleandoc(help or "").partition("\f")[0]
    return text.replace("\b\n", "")


def _is_shown(parameter: "Any") -> bool:
    if getattr(parameter, "hidden", False):
        return False
    return parameter.name not in ("install_completion", "show_completion") or "typer" not in type(parameter).__module__


def _parameter(parameter: "Any") -> "Dict[str, Any]":
    kind = parameter.param_type_name
    counted = bool(getattr(parameter, "count", False))
    is_flag = bool(getattr(parameter, "is_flag", False)) or counted
    unknown = []
    of_typer = hasattr(parameter, "type_descriptor")
    choices = _choices(parameter)
    if choices is not None:
        choices = [_plain(each, of_typer) for each in choices]
    default = _plain(_default(parameter), of_typer)
    if default is MISSING:
        unknown.append("default")
        default = None
    word = _typer_word(parameter) if of_typer else WORDS.get(getattr(parameter.type, "name", ""))
    if word is None:
        unknown.append("type")
    if kind == "option" and not is_flag and getattr(parameter, "_flag_needs_value", False):
        unknown.append("width")  # it may stand alone, and then takes no value that looks like an option
    off = list(getattr(parameter, "secondary_opts", []))
    if is_flag and getattr(parameter, "flag_value", None) is False:
        off = [*parameter.opts, *off]
    return {
        "name": parameter.name,
        "kind": kind,
        "flags": [*parameter.opts, *parameter.secondary_opts] if kind == "option" else [],
        "required": bool(parameter.required),
        "multiple": bool(getattr(parameter, "multiple", False)) or parameter.nargs != 1 or counted,
        "is_flag": is_flag,
        "type": word,
        "choices": choices,
        "default": default,
        "help": _clean(getattr(parameter, "help", None)) or None,
        "unknown": unknown,
        "off_flags": off if kind == "option" else [],
        "width": 1 if is_flag else parameter.nargs if parameter.nargs >= 0 else None,
        "repeats": bool(getattr(parameter, "multiple", False)),
    }


def _default(parameter: "Any") -> "Any":
    value = parameter.default
    if type(value).__name__ == "Sentinel" or value is Ellipsis:
        value = None
        is_bool = getattr(parameter, "is_bool_flag", False)
        if is_bool and not parameter.required:
            value = [] if getattr(parameter, "multiple", False) else False
    return value


def _choices(parameter: "Any") -> "Any":
    descriptor = getattr(parameter, "type_descriptor", None)
    if descriptor is not None:
        return descriptor.choices
    return getattr(parameter.type, "choices", None)


def _typer_word(parameter: "Any") -> "Optional[str]":
    descriptor = parameter.type_descriptor
    if descriptor.choices is not None:
        return "choice"
    annotation = descriptor.annotation
    for _ in range(3):
        inner = [each for each in getattr(annotation, "__args__", ()) if each not in (type(None), Ellipsis)]
        if not inner or (getattr(annotation, "__origin__", None) is tuple and len(set(inner)) > 1):
            break
        annotation = inner[0]
    if getattr(annotation, "__origin__", None) is tuple:
        return "str"
    module, name = getattr(annotation, "__module__", ""), getattr(annotation, "__name__", "")
    if name.startswith("File") and module.startswith("typer"):
        return "path"
    known = {"str": "str", "int": "int", "float": "float", "bool": "bool", "bytes": "bytes", "datetime": "datetime"}
    known.update({"UUID": "uuid", "Path": "path", "PosixPath": "path", "Decimal": "decimal", "Any": "str"})
    return known.get(name)


def _plain(value: "Any", of_typer: bool) -> "Any":
    """The value as JSON data; an enumeration is chosen by value in Typer and by name in Click."""
    if isinstance(value, enum.Enum):
        return _plain(value.value, of_typer) if of_typer else value.name
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        items = [_plain(each, of_typer) for each in value]
        return MISSING if MISSING in items else items
    if hasattr(value, "__fspath__"):
        return str(value)
    if hasattr(value, "isoformat") or type(value).__name__ in ("UUID", "Decimal"):
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    return MISSING
