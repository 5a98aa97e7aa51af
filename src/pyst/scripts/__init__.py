"""What scripts are: finding them, reading their blocks and interfaces, telling what a name means. Runs none of them."""
