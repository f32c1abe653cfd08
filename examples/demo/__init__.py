"""The demo: whole lives of invented accounts, played from files on any world, and shown."""
