from cyclopts import App
app = App(help="Lint.", version_flags=[], help_flags=["--help"])
rules = App(name="rules", help="About rules.")
app.command(rules, name="rule")
@rules.command
def explain(code: str): "Explain a rule."
@rules.default
def all_rules(verbose: bool = False): "All rules."
@app.default
def lint(*files: str, fix: bool = False, select: list[str] = ["E", "F"]): "Lint FILES."
if __name__ == "__main__": app()
