"""The first schema of the record."""

import sqlalchemy as sa
from alembic import op

revision = "record_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in (
        _account,
        _event,
        _command,
        _text,
        _effect,
        _lock,
        _policy,
        _api_key,
        _name,
        _name_key,
        _holder,
        _penalty,
        _strike,
        _notice,
        _qualification,
        _review,
        _report,
    ):
        table()
    _refuse_changes()


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=True),
        sa.Column("policy_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(), nullable=False),
        sa.Column("snapshot", sa.String(), nullable=False),
        sa.Column("snapshot_version", sa.String(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("has_pending_effects", sa.Boolean(), nullable=False),
        sa.Column("text_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_account"),
    )
    op.create_index("ix_account_wake_at", "account", ["wake_at"], unique=False)


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("command_id", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("policy_digest", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("seq > 0", name="ck_event_seq_counts_from_one"),
        sa.PrimaryKeyConstraint("account_id", "seq", name="pk_event"),
    )


def _command() -> None:
    op.create_table(
        "command",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("guard", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "command_id", name="pk_command"),
    )


def _text() -> None:
    op.create_table(
        "text",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("text_id", sa.String(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "text_id", name="pk_text"),
    )


def _effect() -> None:
    op.create_table(
        "effect",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("effect_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "effect_id", name="pk_effect"),
    )
    op.create_index(
        "ix_effect_state_created_at",
        "effect",
        ["state", "created_at"],
        unique=False,
        sqlite_where=sa.text("state != 'delivered'"),
        postgresql_where=sa.text("state != 'delivered'"),
    )


def _lock() -> None:
    op.create_table(
        "lock",
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lock"),
    )


def _policy() -> None:
    op.create_table(
        "policy",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policy"),
        sa.UniqueConstraint("id", "version", name="uq_policy_id_version"),
    )


def _api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hash", name="pk_api_key"),
    )


def _name() -> None:
    op.create_table(
        "name",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("plain", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("skeleton", sa.String(), nullable=False),
        sa.Column("sound", sa.String(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("is_badged", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_name"),
    )
    op.create_index("ix_name_folded", "name", ["folded"], unique=False)
    op.create_index("ix_name_skeleton", "name", ["skeleton"], unique=False)
    op.create_index("ix_name_sound", "name", ["sound"], unique=False)


def _name_key() -> None:
    op.create_table(
        "name_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["name.account_id"],
            name="fk_name_key_account_id_name",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "account_id", name="pk_name_key"),
    )


def _holder() -> None:
    op.create_table(
        "holder",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_holder"),
    )
    op.create_index("ix_holder_fingerprint", "holder", ["fingerprint"], unique=False)


def _penalty() -> None:
    op.create_table(
        "penalty",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("penalty_id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("denies", sa.String(), nullable=False),
        sa.Column("closes", sa.Boolean(), nullable=False),
        sa.Column("is_interim", sa.Boolean(), nullable=False),
        sa.Column("imposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("is_overturned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "penalty_id", name="pk_penalty"),
    )


def _strike() -> None:
    op.create_table(
        "strike",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("strike_id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.CheckConstraint("expires_at > given_at", name="ck_strike_expires_after_given"),
        sa.PrimaryKeyConstraint("account_id", "strike_id", name="pk_strike"),
    )


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=True),
        sa.Column("subject_id", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text_id", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "notice_id", name="pk_notice"),
    )


def _qualification() -> None:
    op.create_table(
        "qualification",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("qualification_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("gives", sa.String(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "qualification_id", name="pk_qualification"),
    )


def _review() -> None:
    op.create_table(
        "review",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("review_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_escalated", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.String(), nullable=False),
        sa.Column("votes", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "review_id", name="pk_review"),
    )
    op.create_index("ix_review_ended_at_due_at", "review", ["ended_at", "due_at"], unique=False)


def _report() -> None:
    op.create_table(
        "report",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("reporter", sa.String(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account_id", "report_id", name="pk_report"),
    )


_APPEND_ONLY = ("event", "command")
_REFUSE = "SELECT RAISE(ABORT, 'this row is history: it is never changed')"
# else INSERT OR REPLACE would take a row away without any DELETE
_REFUSE_REPLACE = (
    (
        "CREATE TRIGGER event_refuses_replace BEFORE INSERT ON event WHEN EXISTS"
        " (SELECT 1 FROM event WHERE account_id = NEW.account_id AND seq = NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'this row is history: it is never changed'); END"
    ),
    (
        "CREATE TRIGGER command_refuses_replace BEFORE INSERT ON command WHEN EXISTS"
        " (SELECT 1 FROM command WHERE account_id = NEW.account_id"
        " AND command_id = NEW.command_id)"
        " BEGIN SELECT RAISE(ABORT, 'this row is history: it is never changed'); END"
    ),
)
_REFUSE_FUNCTION = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'this row is history: it is never changed'"
    " USING ERRCODE = 'restrict_violation'; END $$"
)


def _refuse_changes() -> None:
    """The database itself keeps history as it is."""
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _refuse_on_sqlite() -> None:
    for table in _APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            name = f"{table}_refuses_{change.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN {_REFUSE}; END")
    for trigger in _REFUSE_REPLACE:
        op.execute(trigger)


def _refuse_on_postgresql() -> None:
    op.execute(_REFUSE_FUNCTION)
    for table in _APPEND_ONLY:
        for change, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            name = f"{table}_refuses_{change.split()[-1].lower()}"
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
            )
