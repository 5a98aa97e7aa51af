"""What a word means for an annotation: text to values, on every Python from 3.8 on.

An annotation is looked at by its attributes (`__origin__`, `__args__`, `__metadata__`), so that `typing` is not
imported where the script doesn't. Enums, dates, dicts and other classes are `_classes`' business; text annotations
that this Python can't evaluate (`int | None` on 3.8) are `_annotations`'.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    def load(name: str) -> Any: ...  # given to every module by `load` of `_main`


NOTHING = object()
"""The annotation of what has none."""

LISTS = ["list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "Container", "Iterator", "Reversible"]
SETS = ["set", "Set", "AbstractSet", "MutableSet"]
MAPPINGS = ["dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict"]
TRUE = ("true", "1", "yes", "on", "y", "t")
FALSE = ("false", "0", "no", "off", "n", "f")


class Unfit(Exception):
    """A word that is no value of its parameter's type. `expected` says what would be."""

    def __init__(self, name: str, text: str, expected: str, choices: "Optional[List[str]]" = None) -> None:
        super().__init__(name, text, expected)
        self.name = name
        self.text = text
        self.expected = expected
        self.choices = choices or []


class Type:
    """How words become a value.

    `word` names it for a person. `width` words make one item, and `many` makes a collection of all the items that
    were given (None: the last one counts). `rank` orders the members of a union: the lowest is tried first.
    """

    __slots__ = ("choices", "convert", "is_flag", "many", "noun", "rank", "width", "word")

    def __init__(
        self,
        word: str,
        noun: str,
        convert: "Callable[..., Any]",
        rank: int = 9,
        choices: "Optional[List[str]]" = None,
        many: "Optional[Callable[[List[Any]], Any]]" = None,
        width: int = 1,
        is_flag: bool = False,
    ) -> None:
        self.word = word
        self.noun = noun
        self.convert = convert
        self.rank = rank
        self.choices = choices
        self.many = many
        self.width = width
        self.is_flag = is_flag

    def read(self, words: "List[str]", name: str) -> "Any":
        """One item. Raises `Unfit`."""
        if len(words) != self.width:
            raise Unfit(name, ",".join(words), f"{self.width} values")
        try:
            return self.convert(*words)
        except (ValueError, TypeError, LookupError, ArithmeticError) as error:
            expected = self.noun or f"a `{self.word}` ({error})"
            raise Unfit(name, " ".join(words), expected, self.choices) from None

    def value(self, groups: "List[List[str]]", name: str) -> "Any":
        """The value of all that was given. Raises `Unfit`."""
        if self.many is None:
            return self.read(groups[-1], name)
        return self.many([self.read(words, name) for words in groups])


def _integer(text: str) -> int:
    try:
        return int(text, 0)  # 0x1f, 0b1, 1_000
    except ValueError:
        return int(text)  # 007


def _boolean(text: str) -> bool:
    word = text.lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(text)


def _bytes(text: str) -> bytes:
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")


TEXT = Type("str", "text", str, 20)
SIMPLE = {
    str: TEXT,
    int: Type("int", "an integer", _integer, 2),
    float: Type("float", "a number", float, 3),
    bool: Type("bool", "true or false", _boolean, 4, is_flag=True),
    bytes: Type("bytes", "text", _bytes, 21),
    complex: Type("complex", "a complex number", complex, 5),
    object: TEXT,
}


def type_of(annotation: "Any", default: "Any", namespace: "Dict[str, Any]") -> Type:
    """The type of a parameter, from its annotation, or from its default where there is none."""
    if annotation is NOTHING:
        return _type_of_default(default)
    if annotation is Ellipsis:
        return TEXT
    found = _plain(annotation)
    if found is not None:
        return found
    if isinstance(annotation, str):
        return type_of(evaluate(annotation, namespace), default, namespace)
    if hasattr(annotation, "__forward_arg__"):
        return type_of(annotation.__forward_arg__, default, namespace)
    if hasattr(annotation, "__metadata__"):  # Annotated
        return type_of(annotation.__origin__, default, namespace)
    if hasattr(annotation, "__supertype__"):  # NewType
        return type_of(annotation.__supertype__, default, namespace)
    if type(annotation).__name__ == "TypeAliasType":
        return type_of(annotation.__value__, default, namespace)
    if hasattr(annotation, "__bound__"):  # TypeVar
        inner = annotation.__constraints__ or (annotation.__bound__,)
        return _union(inner, namespace) if inner[0] is not None else TEXT
    return _generic(annotation, namespace)


def _plain(annotation: "Any") -> "Optional[Type]":
    try:
        return SIMPLE.get(annotation)
    except TypeError:  # it can't be hashed, as `Annotated[int, []]`
        return None


def _type_of_default(default: "Any") -> Type:
    if isinstance(default, (list, tuple, set, frozenset)):
        item = _type_of_default(next(iter(default), None))
        return _collection(item, type(default)) if item.many is None and item.width == 1 else TEXT
    if isinstance(default, dict):
        return _mapping(TEXT, _type_of_default(next(iter(default.values()), None)), dict)
    kind = type(default)
    if kind in SIMPLE:
        return SIMPLE[kind]
    known = (
        hasattr(kind, "__members__")
        or hasattr(kind, "__fspath__")
        or hasattr(kind, "fromisoformat")
        or kind.__module__ in ("datetime", "decimal", "uuid", "fractions")
    )
    return _class(kind) if known else TEXT


def _generic(annotation: "Any", namespace: "Dict[str, Any]") -> Type:
    origin = getattr(annotation, "__origin__", None)
    given: "Tuple[Any, ...]" = getattr(annotation, "__args__", ())
    arguments = () if "TypeVar" in [type(each).__name__ for each in given] else given  # a bare `List` on 3.8
    if is_union(annotation):
        return _union(given, namespace)
    name = name_of(origin if origin is not None else annotation)
    if name == "Literal":
        found: Type = load("_classes").literal(Type, given)
        return found
    if name in ("Final", "ClassVar", "Required", "NotRequired") and given:
        return type_of(given[0], None, namespace)
    base = origin if isinstance(origin, type) else annotation
    first = type_of(arguments[0], None, namespace) if arguments else TEXT
    if name in ("tuple", "Tuple"):
        if not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis):
            return _collection(first, tuple)
        return _fixed([type_of(each, None, namespace) for each in arguments if each != ()])
    if name in LISTS:
        build: "Any" = iter if name == "Iterator" else list
        return _collection(first, build)
    if name in SETS:
        return _collection(first, set)
    if name in ("frozenset", "FrozenSet"):
        return _collection(first, frozenset)
    if name in ("deque", "Deque"):
        import collections

        return _collection(first, collections.deque)
    if name in MAPPINGS:
        second = type_of(arguments[1], None, namespace) if len(arguments) > 1 else TEXT
        build = base if isinstance(base, type) and issubclass(base, dict) else dict
        return _mapping(first, second, build)
    if name in ("type", "Type", "Callable") or not isinstance(base, type):
        return TEXT
    return _class(base)


def name_of(annotation: "Any") -> str:
    """The bare name of a class or of one of `typing`'s special forms."""
    name = getattr(annotation, "__name__", None) or getattr(annotation, "_name", None) or ""
    return str(name)


def is_union(annotation: "Any") -> bool:
    """Whether it is `Union[…]`, `Optional[…]` or `… | …`."""
    if type(annotation).__name__ in ("UnionType", "Union"):
        return True
    return name_of(getattr(annotation, "__origin__", None)) == "Union"


def is_none(annotation: "Any") -> bool:
    return annotation is None or annotation is type(None) or annotation == "None"


def _union(members: "Tuple[Any, ...]", namespace: "Dict[str, Any]") -> Type:
    found = [type_of(each, None, namespace) for each in members if not is_none(each)]
    if len(found) == 1:
        return found[0]
    if not found or any(each.width > 1 for each in found):
        return TEXT
    word = "|".join(dict.fromkeys(each.word for each in found))
    found.sort(key=lambda each: each.rank)
    single = [each for each in found if each.many is None]
    many = next((each for each in found if each.many is not None), None)

    def convert(text: str) -> "Any":
        for each in single or found:
            try:
                return each.convert(text)
            except (ValueError, TypeError, LookupError, ArithmeticError):
                pass
        raise ValueError(text)

    choices = [choice for each in found for choice in each.choices or ()]
    if any(each.choices is None for each in found):
        choices = []
    noun = " or ".join(dict.fromkeys(each.noun for each in found))
    joined = Type(word, noun, convert, found[0].rank, choices or None)
    if many is not None and not single:
        joined.many = many.many
    elif many is not None and many.many is not None:
        build = many.many
        joined.many = lambda items: items[0] if len(items) == 1 else build(items)
    return joined


def _fixed(items: "List[Type]") -> Type:
    """`tuple[int, str]`: a fixed number of words."""
    if any(each.many is not None or each.width > 1 for each in items) or not items:
        return TEXT
    word = " ".join(each.word for each in items)
    noun = " and ".join(each.noun for each in items)

    def convert(*words: str) -> "Any":
        return tuple(each.convert(text) for each, text in zip(items, words))  # noqa: B905

    return Type(word, noun, convert, 18, width=len(items))


def _class(kind: "Any") -> Type:
    """A class that makes a value of one text; plain text where it is no such class."""
    return SIMPLE.get(kind) or load("_classes").class_type(Type, kind) or TEXT


def _mapping(key: Type, value: Type, build: "Any") -> Type:
    found: Type = load("_classes").mapping(Type, key, value, build)
    return found


def _collection(item: Type, build: "Any") -> Type:
    inner = item.many
    if inner is None:
        return Type(item.word, item.noun, item.convert, 22, item.choices, build, item.width)

    def convert(text: str) -> "Any":
        assert inner is not None
        return inner([item.convert(piece) for piece in text.split(",")])

    return Type(f"{item.word},...", f"{item.noun}, with commas between them", convert, 22, None, build)


def annotations_of(function: "Any") -> "Dict[str, Any]":
    """The annotations of a function; from 3.14 on, where some can't be evaluated, those as they were written."""
    try:
        found = function.__annotations__
    except Exception:  # noqa: BLE001 - the script's own code is evaluated here
        import annotationlib  # type: ignore[import-not-found,unused-ignore]

        found = annotationlib.get_annotations(function, format=annotationlib.Format.STRING)
    return found if isinstance(found, dict) else {}


def evaluate(text: str, namespace: "Dict[str, Any]") -> "Any":
    """The annotation that `text` means; `object` (plain text) where nothing can be made of it."""
    try:
        return eval(text, namespace)  # noqa: S307 - the script's own annotation, in the script's own process
    except Exception:  # noqa: BLE001 - whatever it raises, the other way may do
        return load("_annotations").evaluate(text, namespace)


def returns_int(annotation: "Any", namespace: "Dict[str, Any]") -> bool:
    """Whether a function of this return annotation gives an exit code: `int`, or `int | None`."""
    if isinstance(annotation, str):
        if annotation.strip() == "int":
            return True
        if "int" not in annotation:
            return False
        annotation = evaluate(annotation, namespace)
    if hasattr(annotation, "__metadata__"):
        return returns_int(annotation.__origin__, namespace)
    if is_union(annotation):
        return all(is_none(each) or returns_int(each, namespace) for each in annotation.__args__)
    if name_of(getattr(annotation, "__origin__", None)) in ("Coroutine", "Awaitable"):
        return returns_int(annotation.__args__[-1], namespace)
    return annotation is int
