# pyst: ignore-file[C301]
import sys

name = input("name? ")  # pyst: ignore[C201]
text = "# pyst: ignore[C201] in a string does nothing"
other = input("name? ")  # expect: C201 warning
third = input("name? ")  # pyst: ignore[C999]  # expect: C201 warning, C901 warning
print(sys.platform, name, text, other, third)
