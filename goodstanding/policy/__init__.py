"""Policy as data: what a file may say, how time is counted in it, what is checked before use."""
