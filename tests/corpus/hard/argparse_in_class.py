import argparse
class Cli(object):
    def __init__(self):
        self._parser = self._make()
        self._add(self._parser)
    def _make(self):
        p = argparse.ArgumentParser(description="In a class")
        return p
    def _add(self, parser):
        parser.add_argument("--k", type=int, default=1)
        group = parser.add_argument_group("g")
        group.add_argument("name")
    def main(self):
        args = self._parser.parse_args()
        return args
def main():
    cli = Cli()
    cli.main()
if __name__ == "__main__":
    main()
