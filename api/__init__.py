"""The HTTP API, the public pages and the codec server."""
