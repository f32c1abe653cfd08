"""A strike may weigh for ever, as a policy says: it then has no end, never a far one."""

import sqlalchemy as sa
from alembic import op

revision = "record_0006"
down_revision = "record_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("strike") as strike:
        strike.alter_column("expires_at", existing_type=sa.DateTime(timezone=True), nullable=True)
