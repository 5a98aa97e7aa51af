"""One file per command: its options, `run(app, args)` → `Report`, and how a person sees that."""
