"""Every setting, once, as data: its key, type, default, variable, help, and what an untrusted project may do with it.

The reference page, `pyst config`, the checks and the merge all read this table. How a type is checked and converted
is left to `convert`, what a rule for untrusted projects means to `narrowing`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pyst.errors import near_misses

NAMED = ("contexts", "profiles")
"""The tables whose second level is a name that the user chose; `*` stands for it in a field's key."""

SANDBOX_MODES = ("strict", "basic", "best-effort", "off")


class Field(NamedTuple):
    """One setting.

    `type` is one of `convert.TYPES`. `untrusted` says what a project that is not trusted may do with it:

    - `free`: it counts;
    - `never`: it does not count;
    - `ranked`: it counts where it is no looser than what holds without it (`choices` go from tight to loose;
      of booleans, `choices` names the tight one first);
    - `less`, `more`: it counts where the number is not greater, not smaller;
    - `inside`: it counts where the path lies in the project;
    - `adds`: what it lists is added to what holds without it;
    - `both`: it counts, and so does what holds without it (contexts: a script must pass both).
    """

    key: str
    type: str
    default: Any
    help: str
    untrusted: str
    choices: tuple[Any, ...] = ()

    @property
    def variable(self) -> str | None:
        """The environment variable that sets it, or None where it has none."""
        if "*" in self.key:
            return None
        return "PYST_" + self.key.removeprefix("core.").replace(".", "_").upper()


_ALLOWS = {
    "read": "files and folders that every confined run may read",
    "write": "files and folders that every confined run may write",
    "net": "`HOST:PORT` that every confined run may reach, `loopback`, `private`, or `*`",
    "env": "variables that every confined run sees (`*` stands for any characters)",
    "run": "programs that every confined run may start: names or paths, or `*`",
}
_DENIES = {
    "read": "files and folders that no confined run may reach",
    "write": "files and folders that no confined run may write",
    "net": "`HOST:PORT` that no confined run may reach",
    "env": "variables that no confined run sees",
    "run": "programs that no confined run may start",
}
_PATHS = ("read", "write")


def _permission_fields() -> tuple[Field, ...]:
    """The fields of `[sandbox.allow]` and `[sandbox.deny]`, one for each kind of permission."""

    def fields(way: str, texts: dict[str, str], rule: str) -> tuple[Field, ...]:
        types = {kind: "paths" if kind in _PATHS else "texts" for kind in texts}
        return tuple(Field(f"sandbox.{way}.{kind}", types[kind], (), text, rule) for kind, text in texts.items())

    return (*fields("allow", _ALLOWS, "never"), *fields("deny", _DENIES, "adds"))


def _of_profiles(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same fields for runs with a profile: nothing is said by default, so that the settings hold."""
    return tuple(
        field._replace(
            key=f"profiles.*.{field.key}",
            default=() if field.default == () else None,
            help=_of_profile(field.key),
        )
        for field in fields
    )


def _of_profile(key: str) -> str:
    way, _, kind = key.removeprefix("sandbox.").partition(".")
    if not kind:
        return f"`{key}` of runs with the profile, in its place"
    return f"{'allowed' if way == 'allow' else 'denied'} to runs with the profile, besides `{key}`"


_SANDBOX = (
    Field(
        "sandbox.mode", "choice", "off", "how scripts are confined where nothing else is said", "ranked", SANDBOX_MODES
    ),
    Field("sandbox.timeout_seconds", "integer", None, "the time that a confined run may take", "less"),
    Field("sandbox.memory", "size", None, "the memory that a confined run may use (`512M`, `2G`)", "less"),
    Field("sandbox.cpu_seconds", "integer", None, "the processor time that a confined run may use", "less"),
    Field("sandbox.processes", "integer", None, "how many processes a confined run may have", "less"),
    Field("sandbox.file_size", "size", None, "the size of a file that a confined run may write", "less"),
    Field("sandbox.disk", "size", None, "how much a confined run may write in all", "less"),
    *_permission_fields(),
)
_NOT_YET = "kept; without effect yet"

FIELDS = (
    Field(
        "core.global_script_dirs",
        "paths",
        ("{data}/scripts",),
        "the folders of scripts that are visible from everywhere",
        "never",
    ),
    Field("core.project_script_dir", "path", ".pyst", "the folder of a project's scripts", "inside"),
    Field(
        "core.precedence",
        "choice",
        "local",
        "whose script a plain name means where both have it: the project's or the user's",
        "ranked",
        ("global", "local"),
    ),
    Field("core.offline", "bool", False, "use no network but that of this machine", "ranked", (True, False)),
    Field(
        "core.cwd",
        "cwd",
        "project",
        "where scripts start: `project`, `script`, `current`, or the path of a folder",
        "inside",
    ),
    Field(
        "core.introspection",
        "choice",
        "safe",
        "how interfaces are read: from the source alone, or by importing scripts that are trusted, within walls",
        "ranked",
        ("safe", "import"),
    ),
    # Empty, not the blueprint's `--python-preference=managed`: that is uv's own default already, and a flag would
    # beat the preference that a user gave uv by `UV_PYTHON_PREFERENCE` or in its settings.
    Field("core.uv.flags", "words", (), "flags handed to every call of uv", "never"),
    Field("document.provider", "text", None, "who runs the model that writes documentation", "never"),
    Field("document.model", "text", None, "the model that writes documentation", "never"),
    Field("document.api_key_env", "text", None, "the variable that holds the provider's key", "never"),
    Field(
        "document.redact",
        "texts",
        ("SECRET_*", "API_KEY_*"),
        "names whose values are shown to nobody and sent nowhere, and words that no model is sent (globs)",
        "adds",
    ),
    Field("contexts.*.enabled", "texts", None, "rules over scripts: globs, `!` denies, the last match wins", "both"),
    Field("contexts.*.extends", "names", (), "the contexts whose rules come before its own", "both"),
    Field("create.model", "text", None, "the model that writes scripts (`openai:gpt-5`)", "never"),
    Field("create.timeout_seconds", "integer", 300, "how long a model may take for an answer", "never"),
    Field("create.retries", "integer", 3, "how often an answer that can't be used goes back to the model", "never"),
    Field("share.api_base", "text", "https://api.github.com", "the address of GitHub's API", "never"),
    Field(
        "share.cooldown",
        "duration",
        0,
        "how old a release must be before it is taken (`7 days`, `12 hours`)",
        "more",
    ),
    *_SANDBOX,
    *_of_profiles(_SANDBOX),
    Field("profiles.*.lazy_imports", "bool", None, f"import modules when they are first used ({_NOT_YET})", "free"),
    Field(
        "profiles.*.warm", "bool", None, f"keep a warm interpreter for the script's environment ({_NOT_YET})", "never"
    ),
    Field("agent.max_log_bytes", "size", 16 << 20, "how much of a run's output its log keeps", "less"),
    Field("agent.keep_days", "integer", 30, "how long `pyst gc` spares runs that lie in pyst's own state", "more"),
    Field("agent.max_preview_bytes", "size", 2048, "how much of an output file a run's summary shows", "less"),
    Field("test.jobs", "integer", None, "how many tests run at once; unset: as many as processors", "free"),
    Field("test.fail_fast", "bool", False, "stop at the first test that fails", "free"),
    Field("telemetry.enabled", "bool", False, "send traces to the endpoint below", "ranked", (False, True)),
    Field("telemetry.endpoint", "text", None, "the OpenTelemetry endpoint that traces go to", "never"),
)

BY_KEY = {field.key: field for field in FIELDS}

TABLES = {key.rpartition(".")[0] for key in BY_KEY} | {key.partition(".")[0] for key in BY_KEY} | {""}
"""The dotted keys that are tables, `*` for a chosen name; the empty one is the whole."""


def generic(key: str) -> str:
    """The key of the row that a dotted key belongs to: the chosen name in it becomes `*`."""
    parts = key.split(".", 2)
    if parts[0] in NAMED and len(parts) > 1:
        parts[1] = "*"
    return ".".join(parts)


def find_field(key: str) -> Field | None:
    """The row of a dotted key (`contexts.ci.enabled` finds `contexts.*.enabled`), or None."""
    return BY_KEY.get(generic(key))


def places_of(name: str) -> list[str]:
    """The keys whose last part is nearly `name`: for what was written into the wrong table."""
    last = {key.rpartition(".")[2]: key.replace("*", "NAME") for key in reversed(BY_KEY)}
    return [last[each] for each in near_misses(name, list(last), most=1)]


def keys_below(table: str) -> list[str]:
    """The names that the generic table has, for near misses."""
    start = f"{table}." if table else ""
    return list(dict.fromkeys(key[len(start) :].partition(".")[0] for key in BY_KEY if key.startswith(start)))


RULES = {
    "free": "counts",
    "never": "ignored",
    "ranked": "counts where it is no looser",
    "less": "counts where it is not more",
    "more": "counts where it is not less",
    "inside": "counts inside the project",
    "adds": "added to the user's",
    "both": "must hold together with the user's",
}
"""What a project that is not trusted may do with a field, in words."""


TYPE_WORDS = {
    "bool": "boolean",
    "text": "string",
    "paths": "list of paths",
    "words": "list",
    "texts": "list",
    "names": "name or list",
    "cwd": "`project` \\| `script` \\| `current` \\| path",
}
"""What the reference calls the types whose own name would not tell."""


def settings_table() -> str:
    """The reference of all settings as a Markdown table."""
    lines = ["| key | type | default | variable | of an untrusted project | what it is |", "| --- " * 6 + "|"]
    for field in FIELDS:
        kind = TYPE_WORDS.get(field.type, field.type)
        if field.type == "choice":
            kind = " \\| ".join(f"`{each}`" for each in field.choices)
        variable = f"`{field.variable}`" if field.variable else ""
        default = "" if field.default is None else f"`{_shown(field.default)}`"
        key = field.key.replace("*", "NAME")
        lines.append(f"| `{key}` | {kind} | {default} | {variable} | {RULES[field.untrusted]} | {field.help} |")
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{each}"' for each in value).replace("{data}", "~/.local/share/pyst") + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
