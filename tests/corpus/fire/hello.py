import fire


def hello(name="World", loud=False):
    """Say hello.

    Args:
        name: Who is greeted.
        loud: In capitals.
    """
    return f"Hello {name}!"


if __name__ == "__main__":
    fire.Fire(hello)
