import argparse
class Base:
    def setup(self, p): p.add_argument("--base")
class Tool(Base):
    def __init__(self):
        self.p = argparse.ArgumentParser()
        self.setup(self.p)
        self.p.add_argument("--tool")
    def __call__(self): self.p.parse_args()
Tool()()
