import argparse
import time

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Take a picture of the screen")
    parser.add_argument("-o", "--out", default="shot.png")
    parser.add_argument("-w", "--wait", type=int, default=0)
    parser.add_argument("-r", "--region", type=int, nargs=4, metavar=("X", "Y", "W", "H"))
    parser.add_argument("--cursor", action=argparse.BooleanOptionalAction)
    parser.add_argument("--display", type=int, default=0)
    config = parser.parse_args()
    time.sleep(config.wait)
