"""From a script to a process: plans, execution, supervision, and memos of plans for the hot path."""
