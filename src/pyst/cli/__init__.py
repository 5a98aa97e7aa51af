"""The command line: words in, output out. Parses, calls one command, renders its report; the one `except`."""
