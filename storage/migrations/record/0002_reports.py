"""Reports by origin, with their words and evidence; found by case and by reporter."""

import sqlalchemy as sa
from alembic import op

revision = "record_0002"
down_revision = "record_0001"
branch_labels = None
depends_on = None

_CASE = "ix_report_account_id_case_id_filed_at"
_REPORTER = "ix_report_reporter_answered_at"


def upgrade() -> None:
    for column in (
        sa.Column("by_account", sa.String(), nullable=True),
        sa.Column("origin", sa.String(32), nullable=False, server_default="user_report"),
        sa.Column("text_id", sa.String(), nullable=False, server_default=""),
        sa.Column("evidence", sa.String(), nullable=False, server_default=""),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("report", column)
    op.create_index(_CASE, "report", ["account_id", "case_id", "filed_at"], unique=False)
    op.create_index(_REPORTER, "report", ["reporter", "answered_at"], unique=False)
