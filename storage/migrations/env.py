"""Alembic runs this for each part; the connection is `storage.migrate`'s."""

from alembic import context

from storage.migrate import METADATA, version_table

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=METADATA[given["part"]],
    version_table=version_table(given["part"]),
)
context.run_migrations()
