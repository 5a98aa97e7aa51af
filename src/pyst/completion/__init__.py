"""Completion: what may come next on a command line, of pyst's own words and of a script's, and the shells' side."""
