import argparse
p = argparse.ArgumentParser(description="""Multi
line desc.

Second para.""")
opts = [("--a", int), ("--b", str)]
for flag, kind in opts:
    p.add_argument(flag, type=kind)
add = p.add_argument
add("--via-alias")
p.parse_args()
