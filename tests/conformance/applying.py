"""What of the conformance suite does not apply to which server, and why. The tests hold the suite's word against this.

A scenario that is not named here has to pass, all of it. One that is named must not pass: then it would apply.
"""

from __future__ import annotations

from tests.conformance.suite import REVISIONS, Check, Outcome

CONTENT = "a script's tool answers with text and structured content; files that it writes are linked as resources"
ASKING = "pyst asks nothing of a client: neither its user, nor its model, nor its roots"
PROMPTS = "pyst offers no prompts, and does not say that it does"
FIXTURE = "asks for resources at URIs of the suite's own; those of pyst are `pyst://…`"
SCHEMA = "asks for a tool with a schema of the suite's own; those of pyst follow from signatures"
HEADERS = "no tool of pyst has arguments that stand in headers too (`x-mcp-header`)"
COMPLETION = "pyst offers no completion of arguments, and does not say that it does"
LOGGING = "pyst sends no log messages, and does not say that it does (the newer generation deprecates them)"
SUBSCRIBING = "resources of pyst don't change, and can't be subscribed to; lists of tools and resources tell of changes"
TASKS = "an extension that the SDK does not have; long calls tell of their progress, and can be cancelled"
RESUMING = "a stream that broke can't be taken up again: the call was ended with it, and its record tells the rest"

CHANGING = "a tool of the suite changes the list; pyst's follows the user's files, and a change is told within seconds"

TASK_SCENARIOS = (
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-status-notifications",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
)
"""Never required by a revision; the suite runs them for their own sake."""

EVERYWHERE = {**dict.fromkeys(TASK_SCENARIOS, TASKS), "server-sse-polling": RESUMING}
"""What the HTTP side and the SDK don't have, whatever the server offers."""

PYST = {
    **EVERYWHERE,
    **dict.fromkeys(
        ("tools-call-image", "tools-call-audio", "tools-call-embedded-resource", "tools-call-mixed-content"), CONTENT
    ),
    **dict.fromkeys(
        (
            "tools-call-sampling",
            "tools-call-elicitation",
            "elicitation-sep1034-defaults",
            "elicitation-sep1330-enums",
            "input-required-result-basic-elicitation",
            "input-required-result-basic-sampling",
            "input-required-result-basic-list-roots",
            "input-required-result-request-state",
            "input-required-result-multiple-input-requests",
            "input-required-result-multi-round",
            "input-required-result-missing-input-response",
            "input-required-result-non-tool-request",
            "input-required-result-result-type",
            "input-required-result-tampered-state",
            "input-required-result-capability-check",
            "input-required-result-ignore-extra-params",
        ),
        ASKING,
    ),
    **dict.fromkeys(
        (
            "prompts-list",
            "prompts-get-simple",
            "prompts-get-with-args",
            "prompts-get-embedded-resource",
            "prompts-get-with-image",
        ),
        PROMPTS,
    ),
    **dict.fromkeys(("resources-read-text", "resources-read-binary", "resources-templates-read"), FIXTURE),
    **dict.fromkeys(("resources-subscribe", "resources-unsubscribe"), SUBSCRIBING),
    **dict.fromkeys(("logging-set-level", "tools-call-with-logging"), LOGGING),
    "completion-complete": COMPLETION,
    "json-schema-2020-12": SCHEMA,
    "http-custom-header-server-validation": HEADERS,
}

SINGLE = {
    ("caching", "PromptsListCachingHints"): PROMPTS,
    ("server-stateless", "ServerSendsPromptsListChangedOnSubscription"): PROMPTS,
    ("server-stateless", "ServerSendsToolsListChangedOnSubscription"): CHANGING,
    ("server-stateless", "ServerRejectsUndeclaredCapability"): ASKING,
    ("server-stateless", "MissingCapabilityHttp400"): ASKING,
    ("server-stateless", "HttpServerNoIndependentRequestsOnStream"): ASKING,
    ("server-stateless", "ServerNoLogWithoutLogLevel"): LOGGING,
}
"""Single checks of scenarios that otherwise apply to pyst, by scenario and name."""

REPORTED = {
    "2026-07-28": (
        *TASK_SCENARIOS,
        "json-schema-2020-12",
        "http-header-validation",
        "http-custom-header-server-validation",
    ),
    "2025-11-25": ("server-session-lifecycle", "json-schema-2020-12", "server-sse-polling"),
}
"""What the suite runs beside what a revision requires."""

REQUIRED = {"2026-07-28": 37, "2025-11-25": 30}
"""How many scenarios a revision requires of a server."""

PASSED = {"2026-07-28": 12, "2025-11-25": 9}
"""How many of these `pyst mcp` passes; the rest does not apply. The fixtures pass all."""


def has_passed(checks: list[Check]) -> bool:
    """Whether all went well, and something was looked at beside the form of the messages."""
    good = [each for each in checks if each.status == "SUCCESS" and each.id != "wire-schema-valid"]
    return bool(good) and not any(each.status in ("FAILURE", "WARNING", "SKIPPED") for each in checks)


def unexpected(outcome: Outcome, exempt: dict[str, str], single: dict[tuple[str, str], str]) -> list[str]:
    """What went otherwise than it is said here, in words; nothing where all is as it should be."""
    found = []
    for scenario, checks in outcome.items():
        if scenario in exempt:
            if has_passed(checks):
                found.append(f"{scenario} passes: it applies")
            continue
        for check in checks:
            excused = (scenario, check.name) in single
            is_bad = check.status in ("FAILURE", "WARNING", "SKIPPED")
            if is_bad and not excused:
                found.append(f"{scenario}: {check.name} ({check.status}): {check.message}")
            elif excused and not is_bad:
                found.append(f"{scenario}: {check.name} passes: it applies")
        if not any(each.status in ("SUCCESS", "FAILURE", "WARNING") for each in checks):
            found.append(f"{scenario}: nothing was looked at")
    return found


def passed_of_required(outcome: Outcome, revision: str) -> int:
    """How many of the required scenarios passed, single checks that don't apply aside."""
    wanted = [each for each in outcome if each not in REPORTED[revision]]
    good = 0
    for scenario in wanted:
        left = [each for each in outcome[scenario] if (scenario, each.name) not in SINGLE]
        good += has_passed(left)
    return good


def table() -> str:
    """The part of the page that follows from this file."""
    lines = [
        "| revision | required | the fixtures pass | `pyst mcp` passes | don't apply to it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for revision in REVISIONS:
        required, passed = REQUIRED[revision], PASSED[revision]
        lines.append(f"| {revision} | {required} | {required} | {passed} | {required - passed} |")
    lines += ["", "What does not apply to `pyst mcp`:", "", "| scenario | why not |", "| --- | --- |"]
    reasons = dict.fromkeys(PYST.values())
    for reason in reasons:
        names = ", ".join(f"`{name}`" for name, each in PYST.items() if each == reason)
        lines.append(f"| {names} | {reason} |")
    lines += [
        "",
        "Single checks of scenarios that do apply:",
        "",
        "| scenario | check | why not |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{scenario}` | {name} | {reason} |" for (scenario, name), reason in SINGLE.items()]
    return "\n".join(lines) + "\n"
