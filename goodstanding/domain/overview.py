"""What ops see of an account at a glance; nothing personal."""

from dataclasses import dataclass
from datetime import datetime

from goodstanding.domain.deadlines import next_deadline
from goodstanding.domain.record import DecisionState, Record, VerificationState
from goodstanding.domain.standing import standing_at
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import Stage


@dataclass(frozen=True, slots=True)
class Glance:
    """Stage, standing, what it waits for, and a few lines of Markdown."""

    stage: str
    standing: str
    policy: str
    waiting_for: str
    details: str


def glance(record: Record, policy: Policy, now: datetime) -> Glance:
    """Sum the account up as of an instant."""
    standing = standing_at(record, policy, now)
    version = f"{record.policy_id}@{policy.policy.version}"
    waiting = waiting_for(record)
    lines = [f"**{record.stage or 'no account'}**, {standing}; waiting for {waiting}"]
    for penalty in record.active_penalties(now):
        end = f"until {penalty.ends_at:%Y-%m-%d %H:%M} UTC" if penalty.ends_at else "without an end"
        lines.append(f"- {penalty.code} {end}, by decision `{penalty.decision_id}`")
    lines += [
        f"- order `{order.order_id}` until {order.ends_at:%Y-%m-%d %H:%M} UTC"
        for order in record.active_orders(now)
    ]
    if due := next_deadline(record):
        lines.append(f"- next: {due.what.value} at {due.at:%Y-%m-%d %H:%M} UTC")
    counting = [d for d in record.decisions if d.state is DecisionState.IN_FORCE]
    if counting:
        lines.append(f"- last decision: `{counting[-1].decision_id}` ({counting[-1].rule})")
    lines.append(f"- `goodstanding account show {record.account_id}`")
    return Glance(record.stage or "", standing, version, waiting, "\n".join(lines))


def waiting_for(record: Record) -> str:
    """One word for what has to come next: a person, the provider, the holder, a date, or nothing."""
    if record.open_reviews():
        return f"review:{record.open_reviews()[0].kind}"
    if record.verification.state in (VerificationState.ASKED, VerificationState.WAITING):
        return "provider"
    if record.stage is Stage.REGISTERING:
        return "holder:identity"
    if record.stage is Stage.VERIFYING:
        return "holder:identity"
    due = next_deadline(record)
    return f"time:{due.what.value}" if due else "nothing"
