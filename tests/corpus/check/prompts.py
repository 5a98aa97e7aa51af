# /// script
# requires-python = ">=3.11"
# dependencies = ["click>=8", "typer>=0.12", "rich>=13"]
# ///
"""Ask the person at the terminal."""

import getpass
import sys

import click
import typer
from rich.prompt import Confirm as Sure

name = input("name? ")  # expect: C201 warning
secret = getpass.getpass()  # expect: C201 warning
if click.confirm("sure?"):  # expect: C201 warning
    value = typer.prompt("value")  # expect: C201 warning
    Sure.ask("really?")  # expect: C201 warning
if sys.stdin.isatty():
    name = input("here it can't hang: ")
token = typer.Option("", prompt=True)  # expect: C201 warning
other = typer.Option("", prompt=False)
breakpoint()  # expect: C202 error
