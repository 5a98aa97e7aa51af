"""Show what is not so."""

access = "user‮ ⁦"  # expect: C102 error, C102 error
name = "👩‍💻"
hidden = "a​b"  # expect: C102 error  # pyst: ignore[C102]  # expect: C901 warning
print(access, name, hidden)
