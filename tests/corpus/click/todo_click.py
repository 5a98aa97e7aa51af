import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(message="todo", version="3")
def todo():
    """To-do list."""


@todo.command("add")
@click.argument("text", nargs=-1, required=True)
@click.option("-p", "--priority", type=click.Choice("low normal high".split()), default="normal")
def todo_add(text, priority):
    """Add an item."""


@todo.command("done")
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True)
def todo_done(ids, everything):
    """Mark items as done."""


todo_list = todo.command("list")(click.pass_context(lambda ctx: None))

if __name__ == "__main__":
    todo()
