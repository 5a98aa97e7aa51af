"""The attempts, by what they are after. Importing this package registers all of them."""

from tests.attempts.corpus import environment, files, kernel, later_runs, network, processes, resources

__all__ = ["environment", "files", "kernel", "later_runs", "network", "processes", "resources"]
