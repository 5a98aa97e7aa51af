import argparse


class App:
    def __init__(self):
        self.parser = argparse.ArgumentParser(description="An app as a class")
        self.parser.add_argument("--port", type=int, default=8000)

    def run(self):
        return self.parser.parse_args()


if __name__ == "__main__":
    App().run()
