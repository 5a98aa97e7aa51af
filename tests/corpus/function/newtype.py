import typing as t

UserId = t.NewType("UserId", int)
Names = list[str]
Alias = t.Union[int, None]


def main(user: UserId, names: Names, alias: Alias = None, anything: t.Any = 1):
    """Aliases."""
