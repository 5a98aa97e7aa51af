"""Runs the conformance suite of the protocol against a server, and reads what it found."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.conformance.packages import Packages

REVISIONS = ("2026-07-28", "2025-11-25")


class Check(NamedTuple):
    """One check of a scenario: its id, its name (several may share an id), how it went, and what was wrong."""

    id: str
    name: str
    status: str
    message: str

    @property
    def failed(self) -> bool:
        return self.status == "FAILURE"


Outcome = dict[str, list[Check]]
"""The checks by scenario."""


def run_suite(packages: Packages, url: str, token: str, revision: str, results: Path) -> Outcome:
    """Everything that the revision requires of servers, and what it reports beside that."""
    words = ["--import", "./authorize.mjs", str(packages.conformance), "server", "--url", url]
    words += ["--requirements", revision, "--output-dir", str(results)]
    environ = {**os.environ, "PYST_CONFORMANCE_URL": url, "PYST_CONFORMANCE_TOKEN": token}
    ended = subprocess.run(
        [str(packages.node), *words], cwd=packages.folder, env=environ, capture_output=True, text=True, timeout=200
    )
    assert "=== SUMMARY ===" in ended.stdout, ended.stdout + ended.stderr
    outcome: Outcome = {}
    for folder in results.iterdir():
        scenario = re.fullmatch(r"server-(.+)-\d{4}-\d{2}-\d{2}T[\dZ-]+", folder.name)
        assert scenario is not None, folder.name
        checks = json.loads((folder / "checks.json").read_text())
        outcome[scenario[1]] = [
            Check(each["id"], each["name"], each["status"], each.get("errorMessage") or "") for each in checks
        ]
    named = re.findall(r"^[✓✗] ([\w/-]+): ", ended.stdout, re.M)
    assert set(outcome) == set(named), "the summary tells of other scenarios than the files"
    return outcome
