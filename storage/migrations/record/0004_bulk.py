"""Bulk operations: one decision over many accounts."""

import sqlalchemy as sa
from alembic import op

revision = "record_0004"
down_revision = "record_0003"
branch_labels = None
depends_on = None

_REFUSE = "SELECT RAISE(ABORT, 'this row is history: it is never changed')"


def upgrade() -> None:
    _bulk()
    _step()
    _target()
    _refuse_changes()


def _bulk() -> None:
    op.create_table(
        "bulk",
        sa.Column("bulk_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(), nullable=False),
        sa.Column("snapshot", sa.String(), nullable=False),
        sa.Column("has_work", sa.Boolean(), nullable=False),
        sa.Column("text_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("bulk_id", name="pk_bulk"),
    )
    op.create_index("ix_bulk_planned_at", "bulk", ["planned_at"], unique=False)
    op.create_index("ix_bulk_has_work", "bulk", ["has_work"], unique=False)


def _step() -> None:
    op.create_table(
        "bulk_step",
        sa.Column("bulk_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("command_id", sa.String(), nullable=True),
        sa.Column("guard", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("seq > 0", name="ck_bulk_step_seq_counts_from_one"),
        sa.PrimaryKeyConstraint("bulk_id", "seq", name="pk_bulk_step"),
        sa.UniqueConstraint("bulk_id", "command_id", name="uq_bulk_step_bulk_id_command_id"),
    )


def _target() -> None:
    op.create_table(
        "bulk_target",
        sa.Column("bulk_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("standing", sa.String(), nullable=True),
        sa.Column("foreseen", sa.String(), nullable=True),
        sa.Column("foreseen_code", sa.String(), nullable=True),
        sa.Column("foreseen_rung", sa.String(), nullable=True),
        sa.Column("standing_before", sa.String(), nullable=True),
        sa.Column("foreseen_standing", sa.String(), nullable=True),
        sa.Column("undo", sa.String(32), nullable=True),
        sa.Column("undo_code", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("bulk_id", "number", name="pk_bulk_target"),
        sa.UniqueConstraint(
            "bulk_id", "account_id", "subject", name="uq_bulk_target_bulk_id_account_id_subject"
        ),
    )
    op.create_index("ix_bulk_target_bulk_id_state", "bulk_target", ["bulk_id", "state"])
    op.create_index("ix_bulk_target_bulk_id_undo", "bulk_target", ["bulk_id", "undo"])


def _refuse_changes() -> None:
    """The database itself keeps the steps as they are."""
    if op.get_bind().dialect.name != "sqlite":
        for change, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"bulk_step_refuses_{change.split()[-1].lower()}"
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON bulk_step"
                f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
        return
    for change in ("UPDATE", "DELETE"):
        name = f"bulk_step_refuses_{change.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON bulk_step BEGIN {_REFUSE}; END")
    # else INSERT OR REPLACE would take a row away without any DELETE
    op.execute(
        "CREATE TRIGGER bulk_step_refuses_replace BEFORE INSERT ON bulk_step WHEN EXISTS"
        " (SELECT 1 FROM bulk_step WHERE bulk_id = NEW.bulk_id AND seq = NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'this row is history: it is never changed'); END"
    )
