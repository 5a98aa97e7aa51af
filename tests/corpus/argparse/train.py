import argparse
import os


def parse_args():
    p = argparse.ArgumentParser("train", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    data = p.add_argument_group("data", "where examples come from")
    data.add_argument("--data-dir", type=str, default="./data", help="folder of examples")
    data.add_argument("--batch-size", type=int, default=32, choices=[16, 32, 64], help="examples per step")
    data.add_argument("--workers", type=int, default=os.cpu_count(), help="processes")
    model = p.add_argument_group("model")
    model.add_argument("--model", choices=("small", "base", "large"), default="base")
    model.add_argument("--dropout", type=float, default=0.1)
    model.add_argument("--layers", type=int, nargs="+", default=[64, 64], help="sizes of layers")
    p.add_argument("--lr", "--learning-rate", type=float, default=3e-4, dest="learning_rate")
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--resume", nargs="?", const="last", help="continue from a checkpoint")
    p.add_argument("--amp", action=argparse.BooleanOptionalAction, default=True, help="mixed precision")
    p.add_argument("--seed", type=int)
    return p.parse_args()


def main():
    args = parse_args()
    print(args)


if __name__ == "__main__":
    main()
