import argparse
import sys

parser = argparse.ArgumentParser(description="Depends on the system")
parser.add_argument("path")
if sys.platform == "win32":
    parser.add_argument("--drive")
else:
    parser.add_argument("--mount")
args = parser.parse_args()
