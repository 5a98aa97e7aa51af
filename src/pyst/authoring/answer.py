"""The form that a model answers in when it writes a script, and what becomes of it: a file with its block.

The block is not the model's to write: it is made here, out of lists of which each item is checked. Imported only when
a model is asked, as it needs pydantic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pyst.authoring.messages import MOST_CODE
from pyst.scripts.block import edit_block

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Text = Annotated[str, Field(max_length=300)]
Items = Annotated[list[Text], Field(max_length=50)]


class AskedParameter(BaseModel):
    """One parameter of `main`."""

    model_config = ConfigDict(extra="ignore")

    name: Text
    type: Text = Field(description="str, int, float, bool, path, or the choices separated by |")
    help: Text = Field(description="one line for a person")


class AskedPermissions(BaseModel):
    """What the script needs beyond its own file and a temporary folder; leave empty what it does not need."""

    model_config = ConfigDict(extra="ignore")

    read: Items = Field(default=[], description="files and folders that it reads")
    write: Items = Field(default=[], description="files and folders that it writes")
    net: Items = Field(default=[], description="HOST:PORT that it reaches")
    env: Items = Field(default=[], description="names of environment variables that it reads")
    run: Items = Field(default=[], description="names of programs that it starts")


class ScriptAnswer(BaseModel):
    """A Python script and all that is to be known of it."""

    model_config = ConfigDict(extra="ignore")

    code: str = Field(max_length=MOST_CODE, description="the whole file, without a `# /// script` block")
    summary: Text = Field(description="what it does, one sentence")
    requirements: Items = Field(default=[], description="packages that it imports, like `httpx>=0.28`")
    requires_python: str = Field(default=">=3.11", max_length=50)
    parameters: Annotated[list[AskedParameter], Field(max_length=50)] = []
    permissions: AskedPermissions = AskedPermissions()

    def permission_table(self) -> dict[str, list[str]]:
        """The permissions by kind, without empty ones and doubles."""
        return {kind: list(dict.fromkeys(items)) for kind, items in self.permissions.model_dump().items() if items}


def assemble(answer: ScriptAnswer, path: str, block: str | None = None, head: str = "") -> bytes:
    """The file: the code, and above it a block of what the answer lists.

    `block` is the TOML of the block that the script had: what the answer does not speak of stays; it is empty where
    there was none, and then there is none where there is nothing to say. A new script wishes to be run within walls.
    `head` is the `#!` line that it had. Raises `Failure` (E_METADATA, E_ENCODING) for code that can hold no block.
    """
    import tomlkit

    text = answer.code.replace("\r\n", "\n").strip("\n") + "\n"
    if head:
        text = f"{head}\n" + (text.partition("\n")[2] if text.startswith("#!") else text)
    if block == "" and not answer.requirements and not answer.permission_table():
        return text.encode()

    def change(_: TOMLDocument) -> TOMLDocument:
        document = tomlkit.parse(block) if block is not None else tomlkit.document()
        fresh = tomlkit.document()
        fresh["requires-python"] = answer.requires_python
        fresh["dependencies"] = _array(answer.requirements)
        for key, value in document.items():
            if key not in fresh and key != "tool":
                fresh[key] = value
        tool: Any = document.get("tool") or tomlkit.table(is_super_table=True)
        own: Any = tool.get("pyst") or tomlkit.table()
        if block is None:
            own["sandbox"] = "strict"
        permissions = answer.permission_table()
        if "permissions" in own:
            del own["permissions"]
        if permissions:
            table = tomlkit.table()
            for kind, items in permissions.items():
                table[kind] = items
            own["permissions"] = table
        if len(own):
            tool["pyst"] = own
        if len(tool):
            fresh["tool"] = tool
        return fresh

    return edit_block(text.encode("utf-8", "surrogatepass"), path, change)


def _array(items: list[str]) -> Any:
    import tomlkit

    array = tomlkit.array()
    array.extend(items)
    return array.multiline(len(items) > 1)
