import argparse


class StoreUpper(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values.upper())


parser = argparse.ArgumentParser(description="Own action")
parser.add_argument("--name", action=StoreUpper)
parser.add_argument("--other")
parser.parse_args()
