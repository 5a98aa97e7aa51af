import argparse
import shutil

parser = argparse.ArgumentParser(description=f"Uses {shutil.which('ls')}")
parser.add_argument("--file").completer = None
parser.add_argument("--limit", type=float, default=float("1.5"))
print(parser.prog)
ns = parser.parse_args()
