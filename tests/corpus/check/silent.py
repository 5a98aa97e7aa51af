import sys  # expect: C301 warning

print(sys.platform)
