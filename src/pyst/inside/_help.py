"""How a function's command line is shown to a person: usage, `--help`, and what was wrong with it.

Loaded only when one of these is shown, so it may import what it likes.
"""

import os
import sys
import textwrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Tuple

REST, EXTRA = 2, 4  # the kinds of `_words`
SECRET = ["TOKEN", "KEY", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS", "PAT", "APIKEY"]
"""The last words of the names of secrets, as pyst knows them everywhere."""


def misuse(error: "Any", filename: str, parameters: "List[Any]") -> str:
    """What to say of a `Misuse` of `_words` or an `Unfit` of `_types`, with the usage line."""
    if hasattr(error, "expected"):
        message = f"`{error.name}` must be {error.expected}, not `{error.text}`"
        hint = did_you_mean(error.text, error.choices)
    else:
        message = error.message
        hint = did_you_mean(error.word, error.known) or error.hint
    lines = [f"error: {message}"]
    if hint:
        lines.append(f"hint: {hint}")
    lines.append(usage(filename, parameters))
    return "".join(_printable(line) + "\n" for line in lines)


def _printable(text: str) -> str:
    """`text` with what a terminal could take for a command written as escapes."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def did_you_mean(word: str, known: "Any") -> str:
    """A hint that names what may have been meant by `word`; empty where nothing comes near."""
    from difflib import get_close_matches

    folded = {each.lower(): each for each in known}
    close = get_close_matches(word.lower(), list(folded), n=2, cutoff=0.6) if word else []
    return "did you mean " + " or ".join(f"`{folded[each]}`" for each in close) + "?" if close else ""


def program(filename: str) -> str:
    """The name of the script for a usage line."""
    name = os.path.basename(filename)
    return name[:-3] if name.endswith(".py") else name


def usage(filename: str, parameters: "List[Any]", width: int = 0) -> str:
    """The usage line, wrapped where `width` is given."""
    words = [_usage_of(each) for each in _in_order(parameters)]
    start = "usage: " + program(filename)
    line = " ".join([start, *words])
    if not width or len(line) <= width:
        return line
    lines = [start]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > width and lines[-1].strip():
            lines.append("      ")
        lines[-1] += " " + word
    return "\n".join(lines)


def _in_order(parameters: "List[Any]") -> "List[Any]":
    return [each for each in parameters if each.is_argument] + [each for each in parameters if not each.is_argument]


def _usage_of(parameter: "Any") -> str:
    if parameter.kind == EXTRA:
        return "[--NAME VALUE ...]"
    if parameter.is_argument:
        word = _metavar(parameter)
        if parameter.kind == REST:
            return f"[{word} ...]"
        if parameter.type.many is not None:
            word += " ..."
        return word if parameter.is_required else f"[{word}]"
    word = _flags(parameter)
    if parameter.type.is_flag:
        word = word.replace(", ", " | ")
        return f"({word})" if parameter.is_required else f"[{word}]"
    more = " ..." if parameter.type.many is not None else ""
    return word + more if parameter.is_required else f"[{word}]{more}"


def _metavar(parameter: "Any") -> str:
    """The name of a value: the argument's own, or for an option its type."""
    if not parameter.is_argument:
        if parameter.type.choices:
            return "|".join(parameter.type.choices) if len(parameter.type.choices) < 5 else "CHOICE"
        return str(parameter.type.word.upper())
    name = str(parameter.name.upper())
    if parameter.type.width > 1:
        return " ".join([name] * parameter.type.width)
    return name


def _flags(parameter: "Any") -> str:
    flag = parameter.flag
    if parameter.type.is_flag:
        return f"{flag}, --no-{flag[2:]}"
    return f"{flag} {_metavar(parameter)}"


def show_help(main: "Any", namespace: "Dict[str, Any]", filename: str, parameters: "List[Any]") -> None:
    """Print what the script does and how it is called; to the width of the terminal, plain where piped."""
    is_terminal = sys.stdout.isatty()
    width = _width(is_terminal)
    doc = getattr(main, "__doc__", None) or namespace.get("__doc__") or ""
    text, helps = split_docstring(str(doc))
    blocks = [usage(filename, parameters, width)]
    if text:
        blocks.append("\n\n".join(_paragraph(each, width) for each in text.split("\n\n")))
    arguments = [each for each in parameters if each.is_argument]
    options = [each for each in parameters if not each.is_argument]
    rows = [(_metavar(each), _about(each, helps)) for each in arguments]
    if rows:
        blocks.append(_table("arguments:", rows, width, is_terminal))
    rows = [("--NAME VALUE" if each.kind == EXTRA else _flags(each), _about(each, helps)) for each in options]
    rows.append(("-h, --help", "show this help"))
    blocks.append(_table("options:", rows, width, is_terminal))
    shown = "\n\n".join(blocks) + "\n"
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(shown.encode(encoding, "backslashreplace").decode(encoding))


def _width(is_terminal: bool) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return max(int(columns), 40)
    if is_terminal:
        try:
            return max(os.get_terminal_size(sys.stdout.fileno()).columns, 40)
        except (OSError, ValueError):
            pass
    return 80


def _paragraph(text: str, width: int) -> str:
    """Text filled to the width; what is indented or a list stays as it is."""
    lines = text.split("\n")
    if any(line[:1] in (" ", "-", "*", ">", "|") for line in lines):
        return text
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _table(title: str, rows: "List[Tuple[str, str]]", width: int, is_terminal: bool) -> str:
    longest = max((len(left) for left, _ in rows if len(left) <= 28), default=0)
    column = longest + 4
    lines = [f"\033[1m{title}\033[0m" if is_terminal and "NO_COLOR" not in os.environ else title]
    for left, right in rows:
        filled = textwrap.wrap(right, max(width - column, 24), break_long_words=False, break_on_hyphens=False)
        if len(left) > longest:
            lines.append("  " + left)
        else:
            first = filled.pop(0) if filled else ""
            lines.append(f"  {left:<{longest}}  {first}".rstrip())
        lines.extend(" " * column + line for line in filled)
    return "\n".join(lines)


def _about(parameter: "Any", helps: "Dict[str, str]") -> str:
    """The help of a parameter, then its type, choices and default."""
    facts = []
    if parameter.type.choices and (parameter.is_argument or len(parameter.type.choices) >= 5):
        facts.append("one of " + ", ".join(parameter.type.choices))
    elif parameter.is_argument or parameter.kind == EXTRA:
        facts.append(parameter.type.word)
    if parameter.type.many is not None and not parameter.is_argument:
        facts.append("repeatable")
    if parameter.is_required:
        if not parameter.is_argument:
            facts.append("required")
    elif parameter.kind not in (REST, EXTRA) and parameter.default not in (None, (), [], {}, set(), ""):
        shown = _shown(parameter.default, parameter.type.is_flag)
        facts.append("default: " + ("****" if _is_secret(parameter.name, parameter.default) else shown))
    text = _annotated_help(parameter) or helps.get(parameter.name, "")
    return " ".join([text] * bool(text) + [f"[{'; '.join(facts)}]"] * bool(facts))


def _is_secret(name: str, value: "Any") -> bool:
    """Whether this default is not to be seen: by its parameter's name, or as it stands in a variable of such a name."""
    if not isinstance(value, str) or len(value) < 6:
        return False
    of_value = [each for each, held in os.environ.items() if held == value]
    names = [each.upper() for each in (name, *of_value)]
    return any(each.split("_")[-1] in SECRET or "PASSWORD" in each for each in names)


def _shown(value: "Any", is_flag: bool) -> str:
    if is_flag and isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(type(value), "__members__"):
        simple = all(isinstance(each.value, str) for each in type(value))
        return str(value.value if simple else value.name)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_shown(each, False) for each in value)
    return str(value)


def _annotated_help(parameter: "Any") -> str:
    """The help in `Annotated[…]`: a text, or what has a `documentation` (PEP 727) or `help`."""
    annotation = parameter.annotation
    if isinstance(annotation, str):
        annotation = parameter.types.evaluate(annotation, parameter.namespace)
    for each in getattr(annotation, "__metadata__", ()):
        if isinstance(each, str):
            return each
        for name in ("documentation", "help"):
            text = getattr(each, name, None)
            if isinstance(text, str):
                return text
    return ""


HEADINGS = ("args", "arguments", "parameters", "params", "keyword args", "keyword arguments", "other parameters")


def split_docstring(doc: str) -> "Tuple[str, Dict[str, str]]":
    """A docstring's text without its parameter section, and the help of each parameter.

    Reads Google's sections (`Args:`), NumPy's (`Parameters` underlined) and reST's fields (`:param name:`).
    """
    import inspect

    lines = inspect.cleandoc(doc).split("\n")
    kept: "List[str]" = []
    helps: "Dict[str, str]" = {}
    at = 0
    while at < len(lines):
        word = lines[at].strip().rstrip(":").lower()
        under = lines[at + 1].strip() if at + 1 < len(lines) else ""
        is_top = lines[at][:1] not in ("", " ")
        if is_top and word in HEADINGS and under and set(under) == {"-"}:
            at = _numpy(lines, at + 2, helps)
        elif is_top and word in HEADINGS and lines[at].rstrip().endswith(":"):
            at = _google(lines, at + 1, helps)
        elif is_top and lines[at].startswith(":") and ":" in lines[at][1:]:
            at = _field(lines, at, helps)
        else:
            kept.append(lines[at].rstrip())
            at += 1
    text = "\n".join(kept).strip("\n")
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text, helps


def _google(lines: "List[str]", at: int, helps: "Dict[str, str]") -> int:
    depth = None
    name = ""
    while at < len(lines) and (not lines[at].strip() or lines[at][:1] == " "):
        text = lines[at].strip()
        indent = len(lines[at]) - len(lines[at].lstrip())
        if text and depth is None:
            depth = indent
        if text and indent == depth and ":" in text:
            left, _, right = text.partition(":")
            if left.count("(") > left.count(")"):  # `name (dict[str: int]): help`
                left, _, right = text.partition("):")
            name = left.split("(")[0].strip().lstrip("*").strip("`")
            helps[name] = right.strip()
        elif text and name:
            helps[name] = (helps[name] + " " + text).strip()
        at += 1
    return at


def _numpy(lines: "List[str]", at: int, helps: "Dict[str, str]") -> int:
    names: "List[str]" = []
    while at < len(lines):
        under = lines[at + 1].strip() if at + 1 < len(lines) else ""
        text = lines[at].strip()
        if under and set(under) == {"-"} and text:
            return at
        if text and lines[at][:1] != " ":
            if not text.split(":")[0].replace(",", " ").replace("*", " ").split():
                return at
            names = [each.strip().lstrip("*") for each in text.split(":")[0].split(",")]
            for name in names:
                helps[name] = ""
        elif text:
            for name in names:
                helps[name] = (helps[name] + " " + text).strip()
        at += 1
    return at


def _field(lines: "List[str]", at: int, helps: "Dict[str, str]") -> int:
    head, _, text = lines[at][1:].partition(":")
    words = head.split()
    text = text.strip()
    at += 1
    while at < len(lines) and lines[at][:1] == " ":
        text += " " + lines[at].strip()
        at += 1
    if len(words) > 1 and words[0] in ("param", "parameter", "arg", "argument", "key", "keyword"):
        helps[words[-1].lstrip("*")] = text.strip()
    return at
