"""Policies: their files, their checks, their arithmetic of time."""
