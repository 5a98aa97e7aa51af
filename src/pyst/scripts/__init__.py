"""What scripts are: finding them, reading their blocks and interfaces, telling which one a name means. Runs none of them."""
