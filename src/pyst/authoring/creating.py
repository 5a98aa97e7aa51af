"""Having a model write a script, and change what it wrote: drafts, each checked, with what they took.

Who is asked is `model`, what is wrong with a draft `validating`; talking it over with a person is `conversation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from pyst.authoring.messages import Message, Usage
from pyst.authoring.model import Unfit
from pyst.authoring.prompts import INSTRUCTIONS, refine_messages
from pyst.authoring.validating import Draft, Resolve, Wanted, draft_of
from pyst.errors import Failure

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pyst.authoring.answer import ScriptAnswer


class Asked(Protocol):
    """What is needed of a `model.Model`."""

    def ask(
        self,
        instructions: str,
        messages: Sequence[Message],
        answer_type: type[ScriptAnswer],
        *,
        check: Callable[[ScriptAnswer], list[str]],
    ) -> tuple[BaseModel, Usage]: ...


class Author:
    """A model at work on one script: the drafts so far, and what they took."""

    def __init__(self, model: Asked, first: Message, wanted: Wanted, resolve: Resolve) -> None:
        self._model = model
        self._first = first
        self._wanted = wanted
        self._resolve = resolve
        self._wishes: list[str] = []
        self.usage = Usage()

    def write(self) -> Draft:
        """The first draft. Raises `Failure`, as `Model.ask` does."""
        return self._ask([self._first])

    def refine(self, draft: Draft, wish: str) -> Draft:
        """A draft that is changed as the person wishes. Raises `Failure`; the wish is then as if it was not said."""
        said = wish
        if draft.problems:
            told = "\n".join(f"- {each}" for each in draft.problems)
            said = f"{wish}\n\nAnd what still does not pass:\n{told}"
        fresh = self._ask(refine_messages(self._first, self._wishes, draft.answer, said))
        self._wishes.append(wish)
        return fresh

    def _ask(self, messages: Sequence[Message]) -> Draft:
        """What the model makes of it; where no answer passed, the last one, with its problems."""
        from pyst.authoring.answer import ScriptAnswer

        if any(each in message.text for message in messages if message.is_person for each in self._wanted.secrets):
            message = "what would be sent to the model holds a secret as it stands in the environment; it was not sent"
            raise Failure("E_SECRET", message, hint="name the variable instead; the script can read it when it is run")
        made: list[Draft] = []

        def check(answer: ScriptAnswer) -> list[str]:
            made.append(draft_of(answer, self._wanted, self._resolve))
            return list(made[-1].problems)

        try:
            _, used = self._model.ask(INSTRUCTIONS, messages, ScriptAnswer, check=check)
        except Unfit as unfit:
            used = unfit.usage
        self.usage += used
        return made[-1]


def usage_words(usage: Usage) -> str:
    """What asking took, in words."""
    requests = f"{usage.requests} request{'' if usage.requests == 1 else 's'}"
    tokens = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
    cost = "cost unknown" if usage.cost_usd is None else f"about ${usage.cost_usd:.4f}"
    return f"{requests}, {tokens}, {cost}"
