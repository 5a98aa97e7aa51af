import fire


class Store:
    def get(self, key):
        """Value of KEY."""

    def put(self, key, value, ttl=None):
        """Set KEY."""


store = Store()

if __name__ == "__main__":
    fire.Fire(store, name="store")
