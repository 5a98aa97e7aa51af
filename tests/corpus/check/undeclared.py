# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2", "pandas>=2", "google-cloud-storage>=2", "ruamel.yaml>=0.18", "PyJWT>=2"]
# ///
"""Import what is declared, and what is not."""

import os
import sys

import jwt
import numpy  # expect: C001 warning
import pandas
import requests
import yaml  # expect: C001 error
from google.cloud import storage
from ruamel.yaml import YAML

try:
    import orjson  # expect: C001 info
except ImportError:
    orjson = None

if sys.platform == "win32":
    import colorama  # expect: C001 warning

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def later() -> None:
    """Import in a function: it is needed all the same."""
    import PIL.Image  # expect: C001 error

    print(os.sep, jwt, numpy, pandas, requests, yaml, storage, YAML, colorama, PIL.Image)
