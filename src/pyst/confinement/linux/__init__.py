"""The walls of the Linux kernel, each in a file of its own, over its system calls. Loaded for confined runs only."""
