"""What Fire makes of a component: a function, a class, an object, or names with any of these."""

import inspect
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List

MISSING = object()


def parts_of(component: "Any") -> "List[Any]":
    """Nothing: components of Fire are found at the call of `fire.Fire`."""
    return []


def describe(component: "Any") -> "Dict[str, Any]":
    """The interface of a component."""
    parsed = sys.modules["fire.docstrings"].parse(inspect.getdoc(component) or "") if callable(component) else None
    commands = {}
    parameters: "List[Any]" = []
    unknown: "List[str]" = []
    if isinstance(component, dict):
        commands = {str(name): describe(value) for name, value in component.items()}
    elif inspect.isclass(component):
        parameters = _parameters(component.__init__, component) if "__init__" in vars(component) else []
        commands = _methods(component)
    elif inspect.isroutine(component):
        parameters = _parameters(component, component)
    elif not isinstance(component, (str, int, float, list, tuple)) and component is not None:
        commands = _methods(component)
    else:
        unknown = ["parameters", "commands"]
    return {
        "entry": "framework",
        "framework": "fire",
        "summary": " ".join((parsed.summary or "").split()) if parsed else "",
        "description": (parsed.description or "") if parsed else "",
        "parameters": parameters,
        "commands": commands,
        "unknown": unknown,
        "exit_notes": [],
        "is_async": False,
        "returns": None,
        "result_schema": None,
        "runs_alone": False,
    }


def _methods(component: "Any") -> "Dict[str, Any]":
    found = {}
    for name, value in inspect.getmembers(component):
        if not name.startswith("_") and (inspect.isroutine(value) or inspect.isclass(value)):
            found[name] = describe(value)
    return found


def _parameters(function: "Any", documented: "Any") -> "List[Any]":
    found = []
    helps: "Dict[str, Any]" = {}
    for source in (function, documented):
        parsed = sys.modules["fire.docstrings"].parse(inspect.getdoc(source) or "")
        for each in parsed.args or ():
            helps.setdefault(each.name, " ".join((each.description or "").split()) or None)
    given = list(inspect.signature(function).parameters.values())
    if inspect.isclass(documented) or (given and given[0].name == "self" and not hasattr(function, "__self__")):
        given = given[1:]
    for each in given:
        empty = each.default is each.empty
        rest = each.kind is each.VAR_POSITIONAL
        extra = each.kind is each.VAR_KEYWORD
        required = empty and not rest and not extra
        is_argument = rest or (required and each.kind is not each.KEYWORD_ONLY)
        is_flag = isinstance(each.default, bool)
        default = _plain(None if empty else each.default)
        unknown = ["flags"] if extra else []
        if default is MISSING:
            unknown.append("default")
            default = None
        flags = ["--" + each.name, "--no" + each.name] if is_flag else ["--" + each.name]
        found.append(
            {
                "name": each.name,
                "kind": "argument" if is_argument else "option",
                "flags": [] if is_argument or extra else flags,
                "required": required,
                "multiple": rest or extra,
                "is_flag": is_flag,
                "type": None,
                "choices": None,
                "default": default,
                "help": helps.get(each.name),
                "unknown": ["type", *unknown],
                "off_flags": flags[1:] if is_flag and not is_argument else [],
                "width": None if rest else 1,
                "repeats": extra,
            }
        )
    return found


def _plain(value: "Any") -> "Any":
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
    return str(value) if hasattr(value, "__fspath__") else MISSING
