import fire


class Base:
    def status(self, verbose=False):
        """Show the state."""


class Pipeline(Base):
    def __init__(self, name, retries=3, dry_run=False):
        """Make a pipeline.

        Args:
            name: Its name.
            retries: Tries per step.
        """
        self.name = name

    def run(self, *steps, parallel=1, **options):
        """Run steps."""

    @classmethod
    def create(cls, template="plain"):
        """From a template."""


if __name__ == "__main__":
    fire.Fire(Pipeline)
