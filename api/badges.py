"""The public mark: which one is shown, since when, and until when; derived, like the right that it shows."""

from collections.abc import Iterator
from datetime import datetime

from api.showing import Seen
from goodstanding.domain.capabilities import agreement_due, mark_at
from goodstanding.views import BadgeView


def badge_view(seen: Seen) -> BadgeView:
    """What anybody may know of the account: its mark, and nothing of who is behind it."""
    code = mark_at(seen.subject, seen.as_of)
    return BadgeView(
        account_id=seen.record.account_id,
        as_of=seen.as_of,
        mark=code,
        title=seen.published.policy.marks[code].title if code else None,
        since=_since(seen, code) if code else None,
        until=_until(seen, code) if code else None,
    )


def _since(seen: Seen, code: str) -> datetime | None:
    """The earliest of the instants, going back from now, at which the mark is the same."""
    since = None
    for instant in sorted(set(_turns(seen)), reverse=True):
        if instant > seen.as_of:
            continue
        if mark_at(seen.subject, instant) != code:
            break
        since = instant
        # before this stage the account had other rights; the record keeps no earlier one
        if instant == seen.record.stage_at:
            break
    return since


def _until(seen: Seen, code: str) -> datetime | None:
    ahead = sorted(instant for instant in set(_turns(seen)) if instant > seen.as_of)
    return next((instant for instant in ahead if mark_at(seen.subject, instant) != code), None)


def _turns(seen: Seen) -> Iterator[datetime]:
    """Every instant at which a right begins or ends by what the record says."""
    record = seen.record
    found = [
        record.stage_at,
        record.verification.valid_until,
        agreement_due(record, seen.published.policy),
    ]
    for one in record.qualifications:
        found += [one.granted_at, one.valid_until, one.ended_at]
    for penalty in record.penalties:
        found += [penalty.starts_at, penalty.ends_at, penalty.ended_at]
    for held in seen.licences:
        found += [held.valid_from, held.valid_until]
    yield from (instant for instant in found if instant)
