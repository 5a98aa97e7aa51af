import argparse, sys
def make(name, *, extra=None):
    p = argparse.ArgumentParser(name)
    p.add_argument("x")
    if extra:
        p.add_argument("--extra")
    return p, 1
def main():
    p, n = make("z")
    match n:
        case 1:
            p.add_argument("--one")
    for i in range(2):
        p.add_argument(f"--n{i}")
    while True:
        p.add_argument("--w")
        break
    ns = p.parse_args()
main()
