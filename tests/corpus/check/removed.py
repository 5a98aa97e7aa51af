"""Use what left the standard library."""

import cgi  # expect: C013 warning

print(cgi)
