import click as c
from click import option
@c.command()
@option("--date", type=c.DateTime(["%Y"]), default="2020")
@option("--choice", type=c.Choice([1, 2]), default=1)
@option("--ch2", type=c.Choice(("a", "b")), default=None)
@option("--path", type=c.Path(exists=False), default=".")
@option("--uuid", type=c.UUID)
@option("--rng", type=c.IntRange(1), count=False, default=2)
@option("--string", type=str, default=5)
@option("--pw", prompt=True, hide_input=True, confirmation_prompt=True)
@option("--opt-prompt", prompt=True, prompt_required=False, default="x")
@option("--eager", is_eager=True, expose_value=False, is_flag=True, callback=lambda *a: None)
@option("--env", envvar=["A", "B"], show_envvar=True)
@option("--dep", deprecated=True)
def main(**kw):
    r"""Raw \d doc.

    \b
    kept
      as is
    """
main()
