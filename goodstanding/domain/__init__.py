"""The rules of an account's life, pure: no I/O, no clock, no randomness."""
