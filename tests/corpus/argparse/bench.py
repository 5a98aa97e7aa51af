from argparse import *

parser = ArgumentParser(description="Star import")
parser.add_argument("n", type=int)
parser.add_argument("--repeat", type=int, default=5)
print(parser.parse_args().n)
