"""What workflows ask of the world: the ledger, third parties and notices."""
