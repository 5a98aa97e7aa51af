"""The connection to a language model: a question in, an answer of a given type out, within bounds of tries and time.

What is asked is left to `prompts`, the wire to `wire`, which alone imports PydanticAI. Whatever a model says is
hostile: here it is only given its form. A key stays in the environment: no message of this room repeats one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pyst.authoring.messages import Message as Message
from pyst.authoring.messages import Usage as Usage
from pyst.errors import ExitCode, Failure, did_you_mean

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pyst.authoring.wire import Wire
    from pyst.settings.values import Settings

    Answer = TypeVar("Answer", bound=BaseModel)

MOST_RETRIES = 20
MOST_PROBLEMS = 20
"""The model is told no more problems of an answer at once."""


class Unfit(Failure):
    """No answer passed its check: the last one, what is wrong with it, and what asking took."""

    def __init__(self, answer: Any, problems: Sequence[str], usage: Usage) -> None:
        shown = "\n".join(f"  {each}" for each in problems[:MOST_PROBLEMS])
        super().__init__(
            "E_MODEL_ANSWER",
            f"the model's answer did not pass, {usage.requests} {'try' if usage.requests == 1 else 'tries'}:\n{shown}",
            hint="ask for less at once, say more exactly what is wanted, or choose another model (`--model`)",
            detail={"problems": list(problems)},
        )
        self.answer = answer
        self.problems = tuple(problems)
        self.usage = usage


class Bounds(NamedTuple):
    """How long a request may take (seconds), and how often an answer that does not pass is asked for again."""

    timeout_seconds: float = 300.0
    retries: int = 3


class Model:
    """A model that can be asked; made by `make_model`. Whoever asks closes it: it is a context manager."""

    def __init__(self, wire: Wire, bounds: Bounds) -> None:
        self._wire = wire
        self._bounds = bounds

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def word(self) -> str:
        """What the user calls the model: `provider:name`."""
        return self._wire.word

    def close(self) -> None:
        """End the connection."""
        self._wire.close()

    def ask(
        self,
        instructions: str,
        messages: Sequence[Message],
        answer_type: type[Answer],
        *,
        check: Callable[[Answer], list[str]],
    ) -> tuple[Answer, Usage]:
        """The model's answer to the last message, once `check` finds nothing wrong with it, and what that took.

        What `check` finds goes back to the model, as does an answer that does not have the form of `answer_type`;
        `retries` times in all. Raises `Unfit` where the last answer had the form but did not pass, and `Failure`:
        `E_MODEL_KEY`, `E_MODEL_UNKNOWN`, `E_MODEL_LIMIT`, `E_MODEL_QUOTA`, `E_MODEL_TIMEOUT`, `E_MODEL_UNREACHABLE`,
        `E_MODEL_SERVER`, `E_MODEL_REJECTED`, `E_MODEL_REFUSED`, `E_MODEL_ANSWER`.
        """
        spent = Usage()
        history = self._wire.history_of(messages[:-1])
        words = messages[-1].text
        most = self._bounds.retries + 1
        while True:
            answer, history, used = self._wire.ask(
                instructions, history, words, answer_type, most - spent.requests, self._bounds.timeout_seconds
            )
            spent += used
            problems = check(answer)
            if not problems:
                return answer, spent
            if spent.requests >= most:
                raise Unfit(answer, problems, spent)
            words = feedback(problems)


def feedback(problems: Sequence[str]) -> str:
    """What the model is told of an answer that did not pass."""
    told = "\n".join(f"- {each}" for each in problems[:MOST_PROBLEMS])
    more = len(problems) - MOST_PROBLEMS
    return (
        f"Your answer was checked and can't be used as it is:\n{told}\n"
        + (f"- and {more} more\n" if more > 0 else "")
        + "Answer again, whole, with all of this mended."
    )


def make_model(
    settings: Settings,
    environ: Mapping[str, str],
    word: str | None,
    *,
    key_variable: str | None = None,
    say: Callable[[str], None] | None = None,
    heard: Callable[[int], None] | None = None,
) -> Model:
    """The model that `word` names (`openai:gpt-5`, …), or else the setting `create.model`; nothing is asked yet.

    The key is read from the variable that the provider is known for, or from `key_variable`. `say` is told of waits;
    where `heard` is given, answers are streamed and it is told how many characters came so far. Raises `Failure`:
    `E_MODEL_NONE` and `E_MODEL_UNKNOWN` (64), `E_MODEL_KEY`, `E_EXTRA`, `E_OFFLINE` (102).
    """
    word = word or settings.create.model
    if not word:
        raise Failure(
            "E_MODEL_NONE",
            "no model is named",
            hint="`--model openai:NAME` names one, `pyst config set create.model openai:NAME` for good; any provider"
            " that PydanticAI knows will do",
            exit=ExitCode.USAGE,
        )
    if settings.core.offline:
        message = f"`{word}` has to be asked over the network, which is off (`--offline`)"
        raise Failure("E_OFFLINE", message, exit=ExitCode.NEEDS_NETWORK)
    provider, colon, name = word.partition(":")
    if not (provider and colon and name) or not word.isprintable():
        hint = did_you_mean(provider, ["openai", "anthropic", "google", "ollama", "openrouter"])
        message = f"`{word}` names no model: it must be `PROVIDER:NAME`"
        raise Failure("E_MODEL_UNKNOWN", message, hint=hint or "like `openai:gpt-5`", exit=ExitCode.USAGE)
    try:
        from pyst.authoring.wire import Wire
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pyst":
            raise
        raise Failure(
            "E_EXTRA", "asking a model needs PydanticAI, which is not installed", hint="install `pyst-cli[ai]`"
        ) from error
    bounds = Bounds(max(settings.create.timeout_seconds, 1), min(settings.create.retries, MOST_RETRIES))
    return Model(Wire(word, environ, key_variable=key_variable, say=say, heard=heard), bounds)
