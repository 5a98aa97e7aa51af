"""The form that a model answers in when it writes help. Imported only when a model is asked, as it needs pydantic.

The model gives words, never code: docstrings and calls are written by `patching`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Line = Annotated[str, Field(max_length=500)]


class HelpOfParameter(BaseModel):
    """The help of one parameter."""

    model_config = ConfigDict(extra="ignore")

    name: Line
    help: Line = Field(description="one sentence: what it means, its unit and form")


class HelpOfPlace(BaseModel):
    """The texts of one place, under the key that was asked for."""

    model_config = ConfigDict(extra="ignore")

    key: Line
    summary: Line = Field(default="", description="one sentence, ending with a full stop; no line breaks")
    details: Annotated[str, Field(max_length=4000)] = Field(default="", description="plain paragraphs; often empty")
    parameters: Annotated[list[HelpOfParameter], Field(max_length=100)] = []
    returns: Line = Field(default="", description="what the function returns, where it returns something")


class HelpAnswer(BaseModel):
    """The help of a script, one item for each key."""

    model_config = ConfigDict(extra="ignore")

    places: Annotated[list[HelpOfPlace], Field(max_length=300)]
