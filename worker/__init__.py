"""Settings, wiring and the worker's entry point."""
