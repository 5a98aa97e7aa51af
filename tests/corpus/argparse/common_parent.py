import argparse

common = argparse.ArgumentParser(add_help=False)
common.add_argument("--config", default="tool.toml", help="settings file")
common.add_argument("-q", "--quiet", action="store_true")

network = argparse.ArgumentParser(add_help=False)
network.add_argument("--proxy")
network.add_argument("--timeout", type=float, default=30.0)

parser = argparse.ArgumentParser(description="Parents in use", parents=[common])
subparsers = parser.add_subparsers(title="commands")
get = subparsers.add_parser("get", parents=[network], help="fetch something")
get.add_argument("url")
put = subparsers.add_parser("put", parents=[network, common], help="send something")
put.add_argument("file")
put.add_argument("url", help="where to")

if __name__ == "__main__":
    print(parser.parse_args())
