"""A notice about a decision carries its reasons, field by field."""

import sqlalchemy as sa
from alembic import op

revision = "record_0005"
down_revision = "record_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("statement_id", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("notice", "statement_id")
