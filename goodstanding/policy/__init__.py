"""Policy as data: what a policy file may say, how time is counted in it, and what is checked before it is used."""
