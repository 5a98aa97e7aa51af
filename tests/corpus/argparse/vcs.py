import argparse


def cmd_add(args):
    pass


def cmd_commit(args):
    pass


def main():
    parser = argparse.ArgumentParser(description="A toy version control.")
    parser.add_argument("-v", "--verbose", action="count", default=0)
    parser.add_argument("--version", action="version", version="%(prog)s 1.0")
    sub = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    add = sub.add_parser("add", help="stage files", aliases=["stage"])
    add.add_argument("paths", nargs="+")
    add.add_argument("-p", "--patch", action="store_true", help="choose hunks")
    add.set_defaults(func=cmd_add)

    commit = sub.add_parser("commit", help="record changes", description="Record what is staged.")
    commit.add_argument("-m", "--message", required=True)
    commit.add_argument("--amend", action="store_true")
    commit.add_argument("--author", default=None)
    commit.set_defaults(func=cmd_commit)

    args = parser.parse_args()
    args.func(args)


if __name__ == "__main__":
    main()
