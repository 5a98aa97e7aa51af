import argparse
import sys


def main():
    root = argparse.ArgumentParser(prog="cloudctl")
    top = root.add_subparsers(dest="resource", help="kinds of things")
    vm = top.add_parser("vm", help="virtual machines")
    vm_sub = vm.add_subparsers(dest="action")
    create = vm_sub.add_parser("create", help="make one")
    create.add_argument("name")
    create.add_argument("--size", default="small", choices=["small", "big"])
    vm_sub.add_parser("list", help="list them").add_argument("--all", action="store_true")
    disk = top.add_parser("disk", help="disks")
    disk.add_argument("--gigabytes", type=int, required=True)
    ns = root.parse_args(sys.argv[1:])
    return ns


main()
