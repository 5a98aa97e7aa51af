"""Scripts and texts that a language model writes: asking it, checking what it says, putting that before a person.

PydanticAI and Rich are imported in this room alone, and only when a model is asked or a preview shown.
"""
