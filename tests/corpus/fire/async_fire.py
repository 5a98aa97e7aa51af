import fire


async def fetch(url, timeout=10.0, headers={}):
    """Fetch a URL."""


if __name__ == "__main__":
    fire.Fire(fetch)
