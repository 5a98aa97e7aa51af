from argparse import ArgumentParser, ArgumentTypeError, RawTextHelpFormatter
import os
VERSION = "1.0"
def get_args():
    ap = ArgumentParser(description="Tool v%s" % VERSION, formatter_class=RawTextHelpFormatter, epilog="x")
    required = ap.add_argument_group("required arguments")
    required.add_argument("-i", "--input", required=True, help="in\nput")
    ap.add_argument("-o", "--output", default=os.path.join("a", "b"), help="out (default: {})".format("x"))
    ap.add_argument("-t", "--threads", type=int, default=os.cpu_count() or 4)
    ap.add_argument("--debug", dest="debug", action="store_true"); ap.add_argument("--no-debug", dest="debug", action="store_false")
    ap.set_defaults(debug=False)
    return ap
def main():
    p = get_args()
    if not p: return
    a = p.parse_args()
main()
