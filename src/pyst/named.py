"""`NamedTuple` for what every start defines: `typing`'s own parses each annotation, which nobody asks for at run time.

Takes a fifth of its time. Type checkers are shown `typing.NamedTuple`, of which this keeps the class syntax: fields
with annotations, defaults, methods and properties, a docstring. It needs `from __future__ import annotations`.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:

    class _Maker(type):
        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.pop("__annotations__", {})
            given = [each for each in fields if each in body]
            if given != [*fields][len(fields) - len(given) :]:
                raise TypeError(f"a field of {name} without a default follows one that has one")
            defaults = [body.pop(each) for each in given]
            made = namedtuple(name, fields, defaults=defaults, module=body.pop("__module__"))
            for each, value in body.items():
                setattr(made, each, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """The base that is written in a class statement; what is made is a tuple and nothing else."""


__all__ = ["NamedTuple"]
