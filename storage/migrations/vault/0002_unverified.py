"""An identity is kept under its verification: beside the one that was verified until it is decided."""

import sqlalchemy as sa
from alembic import op

revision = "vault_0002"
down_revision = "vault_0001"
branch_labels = None
depends_on = None

_KEPT = ("account_id", "wrapped_key", "ciphertext")


def upgrade() -> None:
    # SQLite changes no primary key: what is there steps aside for the table in its new form
    aside = op.create_table("identity_aside", *_columns_before())
    before = sa.table("identity", *(sa.column(name) for name in _KEPT))
    op.execute(sa.insert(aside).from_select(_KEPT, sa.select(*before.c)))
    op.drop_table("identity")
    after = op.create_table(
        "identity",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_identity"),
    )
    op.create_index("ix_identity_account_id", "identity", ["account_id"], unique=False)
    # the one that an account had counts as verified; its fingerprint is in the record
    kept = sa.select(aside.c.account_id, sa.true(), sa.literal(""), *aside.c)
    op.execute(
        sa.insert(after).from_select(("reference", "is_verified", "fingerprint", *_KEPT), kept)
    )
    op.drop_table("identity_aside")


def _columns_before() -> tuple[sa.Column[str], sa.Column[bytes], sa.Column[bytes]]:
    return (
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
    )
