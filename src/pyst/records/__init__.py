"""What is kept of a run: its record, its outputs, the content that it rested on."""
