"""Confinement: what a script that isn't trusted may reach, and the kernel's walls that hold it there."""
