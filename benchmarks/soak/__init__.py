"""Long runs under which the service is killed again and again."""
