"""What differs between two outputs: JSON by structure, tables by key, text by line, anything else by hash and size."""
