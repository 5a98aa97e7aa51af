"""The command line of a function: its signature as parameters, and words as arguments for a call.

Pure: nothing is printed here. What a word must look like for a type is `_types`' business.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Tuple

POSITION, EITHER, REST, NAME, EXTRA = range(5)  # in the order of a signature, as `inspect` has them
PLACED = (POSITION, EITHER)
REQUIRED = object()


class HelpWanted(Exception):
    """`--help` was asked for."""


class Misuse(Exception):
    """The words don't fit the signature. `known` are names that may have been meant by `word`."""

    def __init__(self, message: str, hint: str = "", word: str = "", known: "Tuple[str, ...]" = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.word = word
        self.known = known


class Parameter:
    """One parameter of `main`. `type` is worked out when it is first asked for."""

    __slots__ = ("_type", "annotation", "default", "kind", "name", "namespace", "types")

    def __init__(
        self, name: str, kind: int, default: "Any", annotation: "Any", types: "Any", namespace: "Dict[str, Any]"
    ) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation
        self.types = types
        self.namespace = namespace
        self._type: "Any" = None

    @property
    def type(self) -> "Any":
        if self._type is None:
            default = None if self.default is REQUIRED else self.default
            self._type = self.types.type_of(self.annotation, default, self.namespace)
        return self._type

    @property
    def is_required(self) -> bool:
        return self.default is REQUIRED and self.kind not in (REST, EXTRA)

    @property
    def is_argument(self) -> bool:
        """Whether it is shown as an argument, and not as an option."""
        return self.kind == REST or (self.kind in PLACED and self.is_required and not self.type.is_flag)

    @property
    def flag(self) -> str:
        """Its option: `from_` is `--from`, `dry_run` is `--dry-run`."""
        return "--" + option_name(self.name)


def option_name(name: str) -> str:
    """The name of an option for the parameter `name`, without the dashes in front."""
    return (name.strip("_") or name).replace("_", "-")


def signature(main: "Any", types: "Any") -> "Tuple[Any, List[Parameter]]":
    """The return annotation of `main`, and its parameters.

    Decorated functions are seen through by `__wrapped__`, as `inspect.signature` does.
    """
    inner = main
    for _ in range(100):
        if not hasattr(inner, "__wrapped__"):
            break
        inner = inner.__wrapped__
    if type(inner) is not type(signature) or hasattr(inner, "__signature__"):
        return _signature_by_inspect(inner, types)
    code = inner.__code__
    namespace = inner.__globals__
    annotations = types.annotations_of(inner)
    defaults = inner.__defaults__ or ()
    by_name = inner.__kwdefaults__ or {}
    count = code.co_argcount
    last = count + code.co_kwonlyargcount
    names = code.co_varnames
    found = []
    for index in range(count):
        kind = POSITION if index < code.co_posonlyargcount else EITHER
        place = index - count + len(defaults)
        found.append((names[index], kind, defaults[place] if place >= 0 else REQUIRED))
    if code.co_flags & 0x04:  # inspect.CO_VARARGS
        found.append((names[last], REST, REQUIRED))
    found.extend((names[index], NAME, by_name.get(names[index], REQUIRED)) for index in range(count, last))
    if code.co_flags & 0x08:  # inspect.CO_VARKEYWORDS
        found.append((names[last + bool(code.co_flags & 0x04)], EXTRA, REQUIRED))
    none = types.NOTHING
    parameters = [
        Parameter(name, kind, default, annotations.get(name, none), types, namespace) for name, kind, default in found
    ]
    return annotations.get("return", none), parameters


def _signature_by_inspect(main: "Any", types: "Any") -> "Tuple[Any, List[Parameter]]":
    """The same for what is callable but no plain function. What can't be known takes no arguments."""
    import inspect

    try:
        found = inspect.signature(main)
    except (TypeError, ValueError):
        return types.NOTHING, []
    call = main if hasattr(main, "__globals__") else getattr(main, "func", type(main).__call__)
    namespace = getattr(call, "__globals__", {})
    empty = inspect.Parameter.empty

    def given(value: "Any", otherwise: "Any") -> "Any":
        return otherwise if value is empty else value

    return given(found.return_annotation, types.NOTHING), [
        Parameter(
            each.name,
            int(each.kind),
            given(each.default, REQUIRED),
            given(each.annotation, types.NOTHING),
            types,
            namespace,
        )
        for each in found.parameters.values()
    ]


def takes_raw_words(main: "Any", parameters: "List[Parameter]") -> bool:
    """Whether `main` reads the words itself.

    That is a sole parameter `argv` (the convention of `def main(argv=None)`), or a command object of a framework.
    """
    if len(parameters) == 1 and parameters[0].name == "argv" and parameters[0].kind in PLACED:
        return True
    if hasattr(main, "make_context") and hasattr(main, "main"):  # Click's and Typer's read `sys.argv`
        parameters.clear()
        return True
    return False


def parse(parameters: "List[Parameter]", words: "List[str]") -> "Tuple[List[Any], Dict[str, Any]]":
    """The positional and the named arguments that `words` mean for a function with `parameters`.

    Raises `HelpWanted`, `Misuse`, or `Unfit` of `_types`.
    """
    if not words and not any(each.is_required for each in parameters):
        return [], {}
    given: "Dict[str, List[List[str]]]" = {}
    extra: "Dict[str, List[List[str]]]" = {}
    loose = _take_options(parameters, words, given, extra)
    rest = _take_arguments(parameters, loose, given)
    missing = [each for each in parameters if each.is_required and each.name not in given]
    if missing:
        raise Misuse("missing " + ", ".join(f"`{each.name}`" for each in missing))
    return _bind(parameters, given, extra, rest)


def _take_options(
    parameters: "List[Parameter]",
    words: "List[str]",
    given: "Dict[str, List[List[str]]]",
    extra: "Dict[str, List[List[str]]]",
) -> "List[str]":
    """Take the options and `name=value` from `words`; the rest is returned."""
    named = {each.name: each for each in parameters if each.kind not in (REST, EXTRA)}
    for each in list(named.values()):
        named.setdefault(option_name(each.name).replace("-", "_"), each)
    catch_all = next((each for each in parameters if each.kind == EXTRA), None)
    loose: "List[str]" = []
    left = iter(words)
    for word in left:
        if word == "--":
            loose.extend(left)
        elif word in ("-h", "--help"):
            raise HelpWanted
        elif word[:2] == "--":
            _take_option(word, left, named, catch_all, given, extra)
        elif word[:1] == "-" and word != "-" and not _is_number(word):
            _unknown(word, named)
        else:
            key, equals, value = word.partition("=")
            name = key.replace("-", "_")
            if equals and name in named:
                given.setdefault(named[name].name, []).append(_pieces(named[name], value))
            elif equals and catch_all is not None and name.isidentifier():
                extra.setdefault(name, []).append([value])
            else:
                loose.append(word)
    return loose


def _take_option(
    word: str,
    left: "Iterator[str]",
    named: "Dict[str, Parameter]",
    catch_all: "Optional[Parameter]",
    given: "Dict[str, List[List[str]]]",
    extra: "Dict[str, List[List[str]]]",
) -> None:
    """Take one option, and its value from the words that are `left`."""
    key, equals, value = word[2:].partition("=")
    name = key.replace("-", "_")
    parameter = named.get(name)
    if parameter is None and name[:3] == "no_" and name[3:] in named and named[name[3:]].type.is_flag:
        parameter = named[name[3:]]
        if equals:
            raise Misuse(f"`--{key}` takes no value", f"write `--{key}` or `{parameter.flag}`")
        given.setdefault(parameter.name, []).append(["false"])
    elif parameter is None:
        if catch_all is None or not name.isidentifier():
            _unknown("--" + key, named)
        extra.setdefault(name, []).append([value] if equals else _next_words(word, 1, left, named))
    elif equals:
        given.setdefault(parameter.name, []).append(_pieces(parameter, value))
    elif parameter.type.is_flag:
        given.setdefault(parameter.name, []).append(["true"])
    else:
        given.setdefault(parameter.name, []).append(_next_words(word, parameter.type.width, left, named))


def _next_words(word: str, count: int, left: "Iterator[str]", named: "Dict[str, Parameter]") -> "List[str]":
    """The next `count` words as the value of the option `word`; an option of ours is no value."""
    values = []
    for value in left:
        key = value[2:].partition("=")[0].replace("-", "_")
        if value == "--" or (value[:2] == "--" and (key in named or key == "help")):
            raise Misuse(f"`{word}` needs a value", f"a value that looks like an option: `{word}={value}`")
        values.append(value)
        if len(values) == count:
            return values
    raise Misuse(f"`{word}` needs a value" if count == 1 else f"`{word}` needs {count} values")


def _pieces(parameter: "Parameter", value: str) -> "List[str]":
    """The words of `name=value`: with a fixed number of them, they are separated by commas."""
    return value.split(",") if parameter.type.width > 1 else [value]


def _is_number(word: str) -> bool:
    """Whether a word that begins with a dash is a negative number."""
    return word[1:2].isdigit() or (word[1:2] == "." and word[2:3].isdigit()) or word[1:].lower() in ("inf", "nan")


def _unknown(word: str, named: "Dict[str, Parameter]") -> None:
    known = tuple(each.flag for each in dict.fromkeys(named.values()))
    hint = "" if word[:2] == "--" else "values that begin with `-` go after `--`"
    raise Misuse(f"unknown option `{word}`", hint, word, (*known, "--help"))


def _take_arguments(
    parameters: "List[Parameter]", loose: "List[str]", given: "Dict[str, List[List[str]]]"
) -> "List[str]":
    """Give the loose words to the parameters by position; what `*args` takes is returned.

    First the required ones in order, of which the first collection takes all that the others leave. Then `*args`.
    Without it, parameters with a default, in order, flags apart.
    """
    has_rest = any(each.kind == REST for each in parameters)
    slots = [each for each in parameters if each.is_required and each.kind in PLACED and each.name not in given]
    if loose:
        slots.extend(
            each
            for each in parameters
            if not each.is_required
            and each.name not in given
            and each.kind in PLACED
            and not has_rest
            and not each.type.is_flag
        )
    at = 0
    for index, each in enumerate(slots):
        left = len(loose) - at
        if not left:
            break
        width = each.type.width
        if each.type.many is not None:
            reserved = sum(later.type.width for later in slots[index + 1 :] if later.is_required)
            left = max(width, left - reserved)
            count = left - left % width
        else:
            count = width
        if len(loose) - at < count:
            raise Misuse(f"`{each.name}` needs {width} values, not {len(loose) - at}")
        given[each.name] = [loose[start : start + width] for start in range(at, at + count, width)]
        at += count
    if at < len(loose) and not has_rest:
        _too_many(parameters, loose[at:])
    return loose[at:]


def _too_many(parameters: "List[Parameter]", words: "List[str]") -> None:
    word = words[0]
    shown = ", ".join(f"`{each}`" for each in words[:3]) + (", …" if len(words) > 3 else "")
    message = f"too many arguments: {shown}"
    known = tuple(each.name for each in parameters if each.kind not in (REST, EXTRA))
    raise Misuse(message, "", word.partition("=")[0] if "=" in word else "", known)


def _bind(
    parameters: "List[Parameter]",
    given: "Dict[str, List[List[str]]]",
    extra: "Dict[str, List[List[str]]]",
    rest: "List[str]",
) -> "Tuple[List[Any], Dict[str, Any]]":
    """The arguments of the call, with the words turned into values."""
    arguments: "List[Any]" = []
    options: "Dict[str, Any]" = {}
    for each in parameters:
        if each.kind == REST:
            width = each.type.width
            if len(rest) % width:
                raise Misuse(f"`{each.name}` needs values in groups of {width}")
            groups = (rest[start : start + width] for start in range(0, len(rest), width))
            arguments.extend(each.type.read(group, each.name) for group in groups)
        elif each.kind == EXTRA:
            options.update((name, each.type.value(groups, name)) for name, groups in extra.items())
        elif each.kind == NAME:
            if each.name in given:
                options[each.name] = each.type.value(given[each.name], each.name)
        elif each.name in given:
            arguments.append(each.type.value(given[each.name], each.name))
        else:
            arguments.append(each.default)
    return arguments, options
