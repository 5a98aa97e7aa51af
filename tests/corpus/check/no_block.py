"""Import third-party modules without saying so."""

import json

import requests  # expect: C003 error
import rich

print(json, requests, rich)
