import fire
class G(object):
    """G doc."""
    x = 1
    def __init__(self, a=1): self.sub = 1
    def run_it(self, b, c=None, *args, d: int = 3, **kw):
        """Run it.

        Longer.

        Args:
          b: bee
          c (int): sea
        """
    @classmethod
    def k(cls, z=[1, 2]): pass
def main(): fire.Fire(G(a=2))
if __name__ == "__main__": main()
