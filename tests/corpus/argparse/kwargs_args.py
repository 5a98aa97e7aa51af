import argparse

FLAG = dict(action="store_true", default=False)
PORT = {"type": int, "default": 5432, "help": "TCP port"}

parser = argparse.ArgumentParser(description="Arguments by dict")
parser.add_argument("--ssl", help="encrypt", **FLAG)
parser.add_argument("--port", **PORT)
parser.add_argument(*["--host", "-H"], default="localhost")
args = parser.parse_args()
