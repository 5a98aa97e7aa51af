from decimal import Decimal
from fractions import Fraction
from uuid import UUID


def main(price: Decimal, share: Fraction = Fraction(1, 2), id: UUID | None = None, z: complex = 1j, raw: bytes = b"x"):
    """Numbers."""
