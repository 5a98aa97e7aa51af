import argparse


def add_output_options(parser):
    group = parser.add_argument_group("output")
    group.add_argument("-o", "--output", help="file")
    group.add_argument("--format", choices=["text", "json"], default="text")


def add_filter_options(target: argparse.ArgumentParser, default_limit: int = 50) -> None:
    target.add_argument("--limit", type=int, default=default_limit)
    target.add_argument("--where", action="append")


def create_parser():
    parser = argparse.ArgumentParser(description="Built by several functions")
    commands = parser.add_subparsers(dest="cmd")
    list_ = commands.add_parser("list", help="list rows")
    add_output_options(list_)
    add_filter_options(list_)
    show = commands.add_parser("show", help="show a row")
    show.add_argument("id", type=int)
    add_output_options(show)
    return parser


def main():
    parser = create_parser()
    args = parser.parse_args()
    if not args.cmd:
        parser.print_help()


if __name__ == "__main__":
    main()
