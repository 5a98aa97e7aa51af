import argparse
def main():
    parser = argparse.ArgumentParser(description='Convert temperatures')
    parser.add_argument('value', type=float)
    parser.add_argument('--from', dest='source', default='C', choices='CFK')
    parser.add_argument('--to', default='F', choices=['C', 'F', 'K'], type=str.upper)
    parser.add_argument('-p', '--precision', type=int, default=2)
    args = parser.parse_args()
    print(args.value)
if __name__ == '__main__': main()
