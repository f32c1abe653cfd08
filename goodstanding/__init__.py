"""The library that platforms import: durable account standing."""
