"""Be no Python."""

def f(:  # expect: C101 error
    pass
