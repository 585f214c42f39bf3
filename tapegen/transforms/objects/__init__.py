"""Objects of the user's own classes, taken apart."""
