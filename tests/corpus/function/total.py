def main(*numbers: float, digits: int = 2):
    """Add NUMBERS."""
    print(round(sum(numbers), digits))
