"""The library that platforms import."""
