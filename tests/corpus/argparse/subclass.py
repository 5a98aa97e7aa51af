import argparse


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(64, message + "\n")


parser = Parser(description="With another exit code")
parser.add_argument("--count", type=int, default=1)
parser.add_argument("--name", required=True, help="who")
parser.parse_args()
