"""A server with the tools, resources and prompts that the conformance suite asks for by name.

It stands on the same HTTP side as `pyst mcp`, so that what the suite says of it holds for everything below the tools.
What each fixture has to do is told by the suite (`conformance list --server`).
"""

from __future__ import annotations

import base64
import json
import struct
import warnings
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    PromptsListChanged,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError

Context = ServerRequestContext[Any]
Answer = types.CallToolResult | types.InputRequiredResult
NO_ARGUMENTS: dict[str, Any] = {"type": "object", "properties": {}}
STATE = "kept between two rounds"


def _picture() -> str:
    """A picture of one red pixel (PNG)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00\xff\x00\x00")) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def _sound() -> str:
    """A sound of two samples (WAV)."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    data = struct.pack("<4sI", b"data", 2) + b"\x80\x80"
    return base64.b64encode(struct.pack("<4sI4s", b"RIFF", 4 + len(form) + len(data), b"WAVE") + form + data).decode()


PICTURE, SOUND = _picture(), _sound()


def text(words: str) -> types.TextContent:
    return types.TextContent(type="text", text=words)


def said(*content: Any, is_error: bool = False) -> types.CallToolResult:
    return types.CallToolResult(content=list(content), is_error=is_error)


def picture() -> types.ImageContent:
    return types.ImageContent(type="image", data=PICTURE, mime_type="image/png")


def embedded(uri: str, words: str, mime_type: str = "text/plain") -> types.EmbeddedResource:
    resource = types.TextResourceContents(uri=uri, mime_type=mime_type, text=words)
    return types.EmbeddedResource(type="resource", resource=resource)


def form(message: str, **properties: Any) -> types.ElicitRequest:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def sampled(prompt: str, most_tokens: int) -> types.CreateMessageRequest:
    message = types.SamplingMessage(role="user", content=text(prompt))
    return types.CreateMessageRequest(
        params=types.CreateMessageRequestParams(messages=[message], max_tokens=most_tokens)
    )


def wanted(state: str | None = None, **requests: Any) -> types.InputRequiredResult:
    return types.InputRequiredResult(input_requests=requests, request_state=state)


WORD = {"type": "string"}


class Fixtures:
    """The handlers, and what they share: the bus of changes."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self.subscribed: set[str] = set()

    async def list_tools(self, _: Context, __: Any) -> types.ListToolsResult:
        tools = [
            types.Tool(
                name=name, description=(call.__doc__ or "").strip(), input_schema=SCHEMAS.get(name, NO_ARGUMENTS)
            )
            for name, call in sorted(TOOLS.items())
        ]
        return types.ListToolsResult(tools=tools, ttl_ms=0, cache_scope="private")

    async def call_tool(self, context: Context, params: types.CallToolRequestParams) -> Answer:
        tool = TOOLS.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name!r}")
        return await tool(self, context, params)

    async def list_resources(self, _: Context, __: Any) -> types.ListResourcesResult:
        found = [
            types.Resource(uri="test://static-text", name="static text", description="Words.", mime_type="text/plain"),
            types.Resource(
                uri="test://static-binary", name="static bytes", description="A dot.", mime_type="image/png"
            ),
            types.Resource(
                uri="test://watched-resource", name="watched", description="Watched.", mime_type="text/plain"
            ),
        ]
        return types.ListResourcesResult(resources=found, ttl_ms=0, cache_scope="private")

    async def list_templates(self, _: Context, __: Any) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            uri_template="test://template/{id}/data", name="data", description="By id.", mime_type="application/json"
        )
        return types.ListResourceTemplatesResult(resource_templates=[template], ttl_ms=0, cache_scope="private")

    async def read_resource(self, _: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        content: Any
        if uri == "test://static-binary":
            content = types.BlobResourceContents(uri=uri, mime_type="image/png", blob=PICTURE)
        elif uri.startswith("test://template/") and uri.endswith("/data"):
            number = uri.removeprefix("test://template/").removesuffix("/data")
            body = {"id": number, "templateTest": True, "data": f"Data for ID: {number}"}
            content = types.TextResourceContents(uri=uri, mime_type="application/json", text=json.dumps(body))
        elif uri in ("test://static-text", "test://watched-resource"):
            words = "This is the content of the static text resource."
            content = types.TextResourceContents(uri=uri, mime_type="text/plain", text=words)
        else:
            raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})
        return types.ReadResourceResult(contents=[content], ttl_ms=0, cache_scope="private")

    async def list_prompts(self, _: Context, __: Any) -> types.ListPromptsResult:
        found = [
            types.Prompt(
                name=name,
                description=(make.__doc__ or "").strip(),
                arguments=[types.PromptArgument(name=each, required=True) for each in PROMPT_ARGUMENTS.get(name, ())],
            )
            for name, make in PROMPTS.items()
        ]
        return types.ListPromptsResult(prompts=found, ttl_ms=0, cache_scope="private")

    async def get_prompt(
        self, _: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        make = PROMPTS.get(params.name)
        if make is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no prompt {params.name!r}")
        return make(params)

    async def complete(self, _: Context, __: types.CompleteRequestParams) -> types.CompleteResult:
        return types.CompleteResult(completion=types.Completion(values=["paris", "park", "party"], has_more=False))

    async def subscribe(self, _: Context, params: types.SubscribeRequestParams) -> types.EmptyResult:
        self.subscribed.add(str(params.uri))
        return types.EmptyResult()

    async def unsubscribe(self, _: Context, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        self.subscribed.discard(str(params.uri))
        return types.EmptyResult()

    async def set_level(self, _: Context, __: types.SetLevelRequestParams) -> types.EmptyResult:
        return types.EmptyResult()


Tool = Callable[[Fixtures, Context, types.CallToolRequestParams], Awaitable[Answer]]
Prompt = Callable[[types.GetPromptRequestParams], types.GetPromptResult | types.InputRequiredResult]
TOOLS: dict[str, Tool] = {}
PROMPTS: dict[str, Prompt] = {}
SCHEMAS: dict[str, dict[str, Any]] = {}
PROMPT_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
}


def name_of(function: Callable[..., Any]) -> str:
    """What the suite calls it: the prefix `test_` is left off here, where it would make tests of the functions."""
    return f"test_{function.__name__}"


def tool(call: Tool) -> Tool:
    TOOLS[name_of(call)] = call
    return call


def takes(**properties: Any) -> Callable[[Tool], Tool]:
    def keep(call: Tool) -> Tool:
        SCHEMAS[name_of(call)] = {"type": "object", "properties": properties, "required": list(properties)}
        return tool(call)

    return keep


@tool
async def simple_text(*_: Any) -> Answer:
    """Says a sentence."""
    return said(text("This is a simple text response for testing."))


@tool
async def image_content(*_: Any) -> Answer:
    """Shows a picture."""
    return said(picture())


@tool
async def audio_content(*_: Any) -> Answer:
    """Plays a sound."""
    return said(types.AudioContent(type="audio", data=SOUND, mime_type="audio/wav"))


@tool
async def embedded_resource(*_: Any) -> Answer:
    """Brings a resource along."""
    return said(embedded("test://embedded-resource", "This is an embedded resource content."))


@tool
async def multiple_content_types(*_: Any) -> Answer:
    """Says, shows, and brings along."""
    resource = embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json")
    return said(text("Multiple content types test:"), picture(), resource)


@tool
async def error_handling(*_: Any) -> Answer:
    """Fails."""
    return said(text("This tool intentionally returns an error for testing"), is_error=True)


@tool
async def tool_with_progress(_: Fixtures, context: Context, __: Any) -> Answer:
    """Tells how far it is."""
    for progress in (0, 50, 100):
        await context.session.report_progress(progress, 100)
        await anyio.sleep(0.05)
    return said(text("done"))


@tool
async def tool_with_logging(_: Fixtures, context: Context, __: Any) -> Answer:
    """Logs three lines."""
    for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.session.send_log_message("info", line, related_request_id=context.request_id)
        await anyio.sleep(0.05)
    return said(text("done"))


@tool
async def logging_tool(self: Fixtures, context: Context, params: Any) -> Answer:
    """Logs three lines, to those who asked for it."""
    return await tool_with_logging(self, context, params)


@takes(prompt=WORD)
async def sampling(_: Fixtures, context: Context, params: types.CallToolRequestParams) -> Answer:
    """Has the client's model answer."""
    message = types.SamplingMessage(role="user", content=text((params.arguments or {})["prompt"]))
    found = await context.session.create_message([message], max_tokens=100, related_request_id=context.request_id)
    content = found.content
    return said(text(f"LLM response: {content.text if isinstance(content, types.TextContent) else content}"))


async def _ask(context: Context, message: str, schema: dict[str, Any]) -> types.ElicitResult:
    return await context.session.elicit_form(message, schema, related_request_id=context.request_id)


@takes(message=WORD)
async def elicitation(_: Fixtures, context: Context, params: types.CallToolRequestParams) -> Answer:
    """Asks the user."""
    user = {"username": {**WORD, "description": "User's response"}, "email": {**WORD, "description": "Their address"}}
    schema = {"type": "object", "properties": user, "required": list(user)}
    found = await _ask(context, (params.arguments or {})["message"], schema)
    return said(text(f"User response: action={found.action}, content={json.dumps(found.content)}"))


@tool
async def elicitation_sep1034_defaults(_: Fixtures, context: Context, __: Any) -> Answer:
    """Asks the user, with an answer for everything."""
    schema = {
        "type": "object",
        "properties": {
            "name": {**WORD, "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {**WORD, "enum": ["active", "inactive", "pending"], "default": "active"},
            "verified": {"type": "boolean", "default": True},
        },
        "required": [],
    }
    found = await _ask(context, "Who are you?", schema)
    return said(text(f"Elicitation completed: action={found.action}, content={json.dumps(found.content)}"))


@tool
async def elicitation_sep1330_enums(_: Fixtures, context: Context, __: Any) -> Answer:
    """Has the user choose, in five ways."""
    titled = [
        {"const": f"value{n}", "title": f"{word} Option"} for n, word in enumerate(("First", "Second", "Third"), 1)
    ]
    options, old = [f"option{n}" for n in (1, 2, 3)], [f"opt{n}" for n in (1, 2, 3)]
    schema = {
        "type": "object",
        "properties": {
            "untitledSingle": {**WORD, "enum": options},
            "titledSingle": {**WORD, "oneOf": titled},
            "legacyEnum": {**WORD, "enum": old, "enumNames": ["Option One", "Option Two", "Option Three"]},
            "untitledMulti": {"type": "array", "items": {**WORD, "enum": options}},
            "titledMulti": {"type": "array", "items": {"anyOf": titled}},
        },
        "required": [],
    }
    found = await _ask(context, "Which?", schema)
    return said(text(f"Elicitation completed: action={found.action}, content={json.dumps(found.content)}"))


@tool
async def missing_capability(_: Fixtures, context: Context, __: Any) -> Answer:
    """Needs a client that can sample."""
    needed = types.ClientCapabilities(sampling=types.SamplingCapability())
    if not context.session.check_client_capability(needed):
        data = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(types.MISSING_REQUIRED_CLIENT_CAPABILITY, "the client can't sample", data)
    return said(text("the client can sample"))


@tool
async def streaming_elicitation(_: Fixtures, context: Context, __: Any) -> Answer:
    """Streams, then needs an answer."""
    await context.session.report_progress(1, 2)
    return wanted(user_name=form("What is your name?", name=WORD))


@tool
async def trigger_tool_change(self: Fixtures, _: Context, __: Any) -> Answer:
    """Says that the tools have changed."""
    await self.bus.publish(ToolsListChanged())
    return said(text("changed"))


@tool
async def trigger_prompt_change(self: Fixtures, _: Context, __: Any) -> Answer:
    """Says that the prompts have changed."""
    await self.bus.publish(PromptsListChanged())
    return said(text("changed"))


@tool
async def input_required_result_elicitation(_: Any, __: Context, params: types.CallToolRequestParams) -> Answer:
    """Needs a name."""
    found = (params.input_responses or {}).get("user_name")
    if not isinstance(found, types.ElicitResult) or not isinstance((found.content or {}).get("name"), str):
        return wanted(user_name=form("What is your name?", name=WORD))
    return said(text(f"Hello, {(found.content or {})['name']}!"))


@tool
async def input_required_result_sampling(_: Any, __: Context, params: types.CallToolRequestParams) -> Answer:
    """Needs the client's model."""
    found = (params.input_responses or {}).get("capital_question")
    if not isinstance(found, types.CreateMessageResult):
        return wanted(capital_question=sampled("What is the capital of France?", 100))
    return said(text(f"The model said: {found.content}"))


@tool
async def input_required_result_list_roots(_: Any, __: Context, params: types.CallToolRequestParams) -> Answer:
    """Needs the client's roots."""
    found = (params.input_responses or {}).get("client_roots")
    if not isinstance(found, types.ListRootsResult):
        return wanted(client_roots=types.ListRootsRequest())
    return said(text("roots: " + ", ".join(str(each.uri) for each in found.roots)))


CONFIRM = {"type": "boolean"}


@tool
async def input_required_result_request_state(_: Any, __: Context, params: types.CallToolRequestParams) -> Answer:
    """Remembers what it asked for."""
    if "confirm" not in (params.input_responses or {}) or params.request_state != STATE:
        return wanted(STATE, confirm=form("Please confirm", ok=CONFIRM))
    return said(text("state-ok"))


@tool
async def input_required_result_tampered_state(self: Any, context: Context, params: Any) -> Answer:
    """Remembers what it asked for, and sees when that was changed."""
    return await input_required_result_request_state(self, context, params)


@tool
async def input_required_result_multiple_inputs(_: Any, __: Context, params: types.CallToolRequestParams) -> Answer:
    """Needs three things at once."""
    requests = {
        "user_name": form("What is your name?", name=WORD),
        "greeting": sampled("Generate a greeting", 50),
        "client_roots": types.ListRootsRequest(),
    }
    if not requests.keys() <= (params.input_responses or {}).keys():
        return wanted(STATE, **requests)
    return said(text("all three are there"))


@tool
async def input_required_result_multi_round(_: Any, __: Context, params: types.CallToolRequestParams) -> Answer:
    """Needs one thing after the other."""
    found = params.input_responses or {}
    if params.request_state == "two" and "step2" in found:
        return said(text("both steps are done"))
    if params.request_state == "one" and "step1" in found:
        return wanted("two", step2=form("Step 2: What is your favorite color?", color=WORD))
    return wanted("one", step1=form("Step 1: What is your name?", name=WORD))


@tool
async def input_required_result_capabilities(_: Any, context: Context, params: Any) -> Answer:
    """Needs only what the client can do."""
    can = context.session.client_capabilities or types.ClientCapabilities()
    requests: dict[str, Any] = {}
    if can.sampling is not None:
        requests["question"] = sampled("What is the capital of France?", 100)
    if can.elicitation is not None:
        requests["user_name"] = form("What is your name?", name=WORD)
    return wanted(**requests) if requests else said(text("there is nothing that the client can do"))


async def json_schema_2020_12_tool(*_: Any) -> Answer:
    """Tool with JSON Schema 2020-12 features"""
    return said(text("seen"))


TOOLS["json_schema_2020_12_tool"] = json_schema_2020_12_tool
SCHEMAS["json_schema_2020_12_tool"] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {"$anchor": "addressDef", "type": "object", "properties": {"street": WORD, "city": WORD}},
    },
    "properties": {
        "name": WORD,
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {**WORD, "enum": ["phone", "email"]},
        "phone": WORD,
        "email": WORD,
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


@takes(region={**WORD, "x-mcp-header": "Region"}, query=WORD)
async def x_mcp_header(_: Any, __: Context, params: types.CallToolRequestParams) -> Answer:
    """Has an argument that stands in a header too."""
    return said(text(json.dumps(params.arguments)))


def prompt(make: Prompt) -> Prompt:
    PROMPTS[name_of(make)] = make
    return make


def spoken(*content: Any) -> types.GetPromptResult:
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=each) for each in content])


@prompt
def simple_prompt(_: types.GetPromptRequestParams) -> types.GetPromptResult:
    """A sentence."""
    return spoken(text("This is a simple prompt for testing."))


@prompt
def prompt_with_arguments(params: types.GetPromptRequestParams) -> types.GetPromptResult:
    """A sentence with two words in it."""
    given = params.arguments or {}
    return spoken(text(f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"))


@prompt
def prompt_with_embedded_resource(params: types.GetPromptRequestParams) -> types.GetPromptResult:
    """A resource and a sentence."""
    uri = (params.arguments or {}).get("resourceUri", "")
    resource = embedded(uri, "Embedded resource content for testing.")
    return spoken(resource, text("Please process the embedded resource above."))


@prompt
def prompt_with_image(_: types.GetPromptRequestParams) -> types.GetPromptResult:
    """A picture and a sentence."""
    return spoken(picture(), text("Please analyze the image above."))


@prompt
def input_required_result_prompt(
    params: types.GetPromptRequestParams,
) -> types.GetPromptResult | types.InputRequiredResult:
    """Needs to know the context."""
    found = (params.input_responses or {}).get("user_context")
    if not isinstance(found, types.ElicitResult):
        return wanted(user_context=form("What context should the prompt use?", context=WORD))
    return spoken(text(f"The context is {(found.content or {}).get('context')}."))


def build() -> Server[Any]:
    """The server with all fixtures."""
    found = Fixtures()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)  # the older protocol still has logging
        server: Server[Any] = Server(
            "fixtures",
            version="1",
            on_list_tools=found.list_tools,
            on_call_tool=found.call_tool,
            on_list_resources=found.list_resources,
            on_list_resource_templates=found.list_templates,
            on_read_resource=found.read_resource,
            on_subscribe_resource=found.subscribe,
            on_unsubscribe_resource=found.unsubscribe,
            on_subscriptions_listen=ListenHandler(found.bus),
            on_list_prompts=found.list_prompts,
            on_get_prompt=found.get_prompt,
            on_completion=found.complete,
            on_set_logging_level=found.set_level,
        )
    server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience="fixtures"))
    return server
