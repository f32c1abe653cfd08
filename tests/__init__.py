"""The tests, in the order of the packages that they check."""
