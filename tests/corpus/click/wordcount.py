import click


@click.command(epilog="See wc(1).")
@click.argument("file", type=click.File("r"), default="-")
@click.option("-l", "--lines", "what", flag_value="lines")
@click.option("-w", "--words", "what", flag_value="words", default=True)
@click.option("-c", "--bytes", "what", flag_value="bytes")
def wc(file, what):
    """Count in FILE.

    \b
    lines   newline characters
    words   what is between blanks

    \f
    Not shown.
    """


def main():
    wc(standalone_mode=True)


if __name__ == "__main__":
    main()
