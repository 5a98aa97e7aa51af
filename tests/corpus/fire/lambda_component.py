import fire

if __name__ == "__main__":
    fire.Fire(lambda x, y=1: x + y)
