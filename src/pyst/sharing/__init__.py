"""Scripts that travel: where they come from, how they are kept, how they are given to others."""
