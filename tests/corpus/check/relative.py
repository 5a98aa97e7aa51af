"""Import from a package that is not there."""

from . import helper  # expect: C014 error

print(helper)
