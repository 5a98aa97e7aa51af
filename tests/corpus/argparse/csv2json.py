#!/usr/bin/env python3
import argparse, csv, json, sys

ap = argparse.ArgumentParser(description="CSV to JSON")
ap.add_argument("infile", nargs="?", type=argparse.FileType("r"), default=sys.stdin)
ap.add_argument("outfile", nargs="?", type=argparse.FileType("w"), default=sys.stdout, help="JSON goes here")
ap.add_argument("-d", "--delimiter", default=",")
ap.add_argument("--lines", action="store_true", help="JSON Lines")
ap.add_argument("--no-header", dest="header", action="store_false", help="first row is data")
opts = ap.parse_args()
json.dump(list(csv.DictReader(opts.infile, delimiter=opts.delimiter)), opts.outfile)
