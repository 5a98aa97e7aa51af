"""`NamedTuple` for what every start defines, at a tenth of the price of `typing`'s.

That one parses every annotation, and has Python compile a constructor for every class. Type checkers are shown
`typing.NamedTuple`, of which this keeps the class syntax and what the made classes can do: fields with annotations,
defaults, methods and properties, a docstring. Annotations must not be evaluated (`from __future__ import annotations`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from _collections import _tuplegetter

    def _new(cls: type, /, *given: Any, **named: Any) -> Any:
        if named or len(given) != len(cls._fields):
            given = _completed(cls, given, named)
        return tuple.__new__(cls, given)

    def _completed(cls: type, given: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        left = cls._fields[len(given) :]
        known = {**cls._field_defaults, **named}
        missing = [each for each in left if each not in known]
        unknown = [each for each in named if each not in left]
        if len(given) > len(cls._fields) or missing or unknown:
            what = f"lacks {missing}" if missing else f"has no {unknown or 'more fields'}"
            raise TypeError(f"{cls.__name__}({', '.join(cls._fields)}) {what}")
        return [*given, *[known[each] for each in left]]

    def _make(cls: type, values: Any) -> Any:
        return _new(cls, *values)

    def _replace(self: Any, /, **named: Any) -> Any:
        if unknown := [each for each in named if each not in self._fields]:
            raise TypeError(f"{type(self).__name__} has no {unknown}")
        return tuple.__new__(type(self), [named.get(name, value) for name, value in zip(self._fields, self)])  # noqa: B905

    def _asdict(self: Any) -> dict[str, Any]:
        return dict(zip(self._fields, self))  # noqa: B905

    def _plain(self: Any) -> tuple[Any, ...]:
        return tuple(self)

    def _repr(self: Any) -> str:
        return f"{type(self).__name__}({', '.join([f'{name}={value!r}' for name, value in self._asdict().items()])})"

    _SHARED = {
        "__slots__": (),
        "__new__": _new,
        "__repr__": _repr,
        "__getnewargs__": _plain,
        "__replace__": _replace,
        "_make": classmethod(_make),
        "_replace": _replace,
        "_asdict": _asdict,
    }

    class _Maker(type):
        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = tuple(body.pop("__annotations__", ()))
            given = [each for each in fields if each in body]
            if given != [*fields[len(fields) - len(given) :]]:
                raise TypeError(f"a field of {name} without a default follows one that has one")
            defaults = {each: body.pop(each) for each in given}
            getters = {each: _tuplegetter(at, "") for at, each in enumerate(fields)}
            names = {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
            return type(name, (tuple,), {**_SHARED, **names, **getters, **body})

    class NamedTuple(metaclass=_Maker):
        """The base that is written in a class statement; what is made is a tuple and nothing else."""


__all__ = ["NamedTuple"]
