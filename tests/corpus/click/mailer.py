import click
import os

SMTP = os.environ.get("SMTP_HOST", "localhost")


@click.command()
@click.option("--to", "-t", "recipients", multiple=True, required=True, help="Who gets it; may be repeated")
@click.option("--subject", "-s", default="(no subject)")
@click.option("--body", type=click.File("r"), default="-", help="Text; standard input by default")
@click.option("--smtp", default=SMTP, help="Server")
@click.option("--attach", "attachments", multiple=True, type=click.Path(exists=True))
@click.option("--html", is_flag=True, default=False, help="Body is HTML")
@click.option("--dry-run", "-n", is_flag=True)
def send(recipients, subject, body, smtp, attachments, html, dry_run):
    """Send a mail."""


if __name__ == "__main__":
    send()
