"""The record: tables, engines, queries and migrations."""
