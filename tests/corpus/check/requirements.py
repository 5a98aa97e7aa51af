# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "httpx",  # expect: C007 info
#     "rich >= banana",  # expect: C006 error
#     "httpx>=0.27",  # expect: C008 warning
# ]
# nonsense = true  # expect: C012 warning
# ///
"""Say requirements badly."""

import httpx
import rich

print(httpx, rich)
