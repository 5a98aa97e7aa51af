"""The edges: files, processes, folders, the terminal, uv. The only rooms that touch the world."""
