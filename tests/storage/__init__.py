"""Activities, against real servers."""
