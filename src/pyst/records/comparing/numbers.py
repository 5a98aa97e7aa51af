"""Whether two numbers are the same within a tolerance: exactly, however large they are. Pure."""

from __future__ import annotations

from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from pyst.records.comparing.values import Rules

Number = int | float | Decimal
"""Floats are only those that no decimal fraction is: NaN and the infinities."""

_CONTEXT = Context(prec=60, Emax=10**15, Emin=-(10**15), traps=[])
_ORDINARY = frozenset("0123456789+-.eE")


def same_numbers(left: Number, right: Number, rules: Rules) -> bool:
    """Whether two numbers are the same; NaN is the same as NaN. Never raises."""
    if left == right:
        return True
    one, other = (each if isinstance(each, Decimal) else Decimal(each) for each in (left, right))
    if one.is_nan() or other.is_nan():
        return one.is_nan() and other.is_nan()
    if not rules.has_tolerance or one.is_infinite() or other.is_infinite():
        return False
    apart = _CONTEXT.abs(_CONTEXT.subtract(one, other))
    larger = max(one.copy_abs(), other.copy_abs())
    return apart <= rules.absolute or apart <= _CONTEXT.multiply(rules.relative, larger)


def number_of(text: str) -> Decimal | None:
    """The number that a cell of a table holds, or None."""
    text = text.strip()
    if not text or len(text) > 400 or not _ORDINARY.issuperset(text):
        return None
    try:
        return Decimal(text)
    except (InvalidOperation, Overflow, DivisionByZero, ValueError):
        return None


def parse_tolerance(text: str) -> Decimal | None:
    """A tolerance as it is written on a command line: 0 or more, finite; None where it is none."""
    found = number_of(text)
    return found if found is not None and found.is_finite() and found >= 0 else None
