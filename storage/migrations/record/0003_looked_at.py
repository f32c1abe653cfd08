"""Each account says under which version of its policy it was last looked at; none was, of those that are there."""

import sqlalchemy as sa
from alembic import op

revision = "record_0003"
down_revision = "record_0002"
branch_labels = None
depends_on = None

_INDEX = "ix_account_policy_id_stage_policy_version"


def upgrade() -> None:
    op.add_column(
        "account", sa.Column("policy_version", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index(_INDEX, "account", ["policy_id", "stage", "policy_version"], unique=False)
