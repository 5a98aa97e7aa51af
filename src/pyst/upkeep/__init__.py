"""Examining an installation of pyst, and mending what is safe to mend: small functions, each one real look.

`examination` has the values, `examinations` the list of all; each other file looks at one side. Telling the person is
left to `commands.doctor`.
"""
