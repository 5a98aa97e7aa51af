def main():
    """Takes nothing."""
    print("done")
