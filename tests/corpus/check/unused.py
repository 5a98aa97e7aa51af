# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "pandas>=2",
#     "openpyxl>=3",
#     "httpx[http2]>=0.27",
#     "types-requests>=2",
#     "ruff>=0.9",
#     "rich>=13",  # expect: C002 warning
#     "tabulate>=0.9",
#     "pytest-cov>=5",  # expect: C002 warning
# ]
# ///
"""Declare more than is used."""

import subprocess

import httpx
import pandas

subprocess.run(["ruff", "--version"], check=True)
print(httpx, pandas)
