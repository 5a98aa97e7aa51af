"""The light `NamedTuple` is what `typing` makes, field by field."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from pyst.named import NamedTuple


class Light(NamedTuple):
    """What it is."""

    name: str
    size: int = 3
    rest: tuple[str, ...] = ()

    @property
    def twice(self) -> int:
        return self.size * 2

    def of(self, more: int) -> Light:
        return self._replace(size=self.size + more)


class Heavy(typing.NamedTuple):
    name: str
    size: int = 3
    rest: tuple[str, ...] = ()


def test_it_is_a_tuple_with_names() -> None:
    light = Light("a", rest=("b",))
    assert [*light] == ["a", 3, ("b",)]
    assert [*light] == [*Heavy("a", rest=("b",))]
    assert (light.name, light.size, light.rest, light.twice) == ("a", 3, ("b",), 6)
    assert repr(light) == repr(Heavy("a", rest=("b",))).replace("Heavy", "Light")
    assert light._asdict() == {"name": "a", "size": 3, "rest": ("b",)}
    assert light.of(4).size == 7
    assert Light._fields == Heavy._fields == Light.__match_args__
    assert Light._make(["b", 1, ()]) == Light("b", 1)
    assert copy.copy(light) == light
    assert hash(light) == hash(tuple(light))
    assert Light._field_defaults == Heavy._field_defaults
    assert Light.__mro__ == (Light, tuple, object)


def test_it_knows_where_it_comes_from() -> None:
    assert Light.__doc__ == "What it is."
    assert (Light.__module__, Light.__qualname__) == (__name__, "Light")
    assert pickle.loads(pickle.dumps(Light("a"))) == Light("a")


def test_a_field_that_is_missing_or_unknown_is_an_error() -> None:
    with pytest.raises(TypeError, match="name"):
        Light()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        Light("a", other=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Light("a", 1, (), 4)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Light("a", name="b")  # type: ignore[misc]
    with pytest.raises(TypeError, match="other"):
        Light("a")._replace(other=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Light._make([])
    with pytest.raises(AttributeError):
        Light("a").name = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Light("a").more = "b"  # type: ignore[attr-defined]


def test_a_default_before_a_field_without_is_an_error() -> None:
    with pytest.raises(TypeError):

        class _Wrong(NamedTuple):  # type: ignore[misc, unused-ignore]
            size: int = 3
            name: str  # type: ignore[misc]
