import argparse, sys
p = argparse.ArgumentParser(description="Ask a question")
p.add_argument("question", nargs="*", help="words of the question")
p.add_argument("--yes-word", default="y")
p.add_argument("--no-word", default="n")
p.add_argument("--default", choices=("y", "n"))
p.add_argument("--tries", type=int, default=3)
if __name__ == "__main__":
    a = p.parse_args()
    sys.exit(0 if input(" ".join(a.question)) == a.yes_word else 1)
