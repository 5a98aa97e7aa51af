"""What goes to a model and what it took, as values."""

from __future__ import annotations

from typing import NamedTuple

MOST_CODE = 60_000
"""Characters of a script that a model writes, or is shown. Python takes seconds to parse the worst of so many."""


class Usage(NamedTuple):
    """What asking took. `cost_usd` is an estimate by public price lists; None where the model has no known price."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None

    def __add__(self, other: Usage) -> Usage:  # type: ignore[override]
        """Both together. The cost of nothing is nothing; an unknown cost makes the sum unknown."""
        costs = [each.cost_usd for each in (self, other) if each.requests]
        known = [each for each in costs if each is not None]
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            sum(known) if known and len(known) == len(costs) else None,
        )


class Message(NamedTuple):
    """One turn of a conversation: `is_person` tells whose words these are, the person's or the model's."""

    is_person: bool
    text: str
