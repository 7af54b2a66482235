"""What is looked at before training starts: whether it fits, and whether it would learn what it should."""
