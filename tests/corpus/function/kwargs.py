def main(command: str, *args: str, cwd: str = ".", **env: str):
    """Run COMMAND with variables."""
