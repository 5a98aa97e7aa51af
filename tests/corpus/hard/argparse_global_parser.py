import argparse
parser = argparse.ArgumentParser(description="global one")
def more():
    parser.add_argument("--more")
def add():
    parser.add_argument("--add", type=int)
    more()
def main():
    add()
    args = parser.parse_args()
main()
