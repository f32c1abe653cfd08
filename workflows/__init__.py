"""The durable lives: the account, the review and the upkeep."""
