"""The stage at an instant: an account whose closing or expiry is due is closed or declined, job or no job."""

from datetime import datetime

from goodstanding.domain.deadlines import What, closing_instant, deadlines
from goodstanding.domain.record import Record
from goodstanding.vocabulary import Stage

_UNFINISHED = (Stage.REGISTERING, Stage.VERIFYING)


def stage_at(record: Record, instant: datetime) -> Stage | None:
    """The stage as rights follow it, before the event that says so has been recorded."""
    if record.stage is Stage.CLOSING:
        closes_at = closing_instant(record)
        return Stage.CLOSED if closes_at and closes_at <= instant else Stage.CLOSING
    if record.stage in _UNFINISHED:
        expired = any(
            due.what is What.REGISTRATION_EXPIRES and due.at <= instant for due in deadlines(record)
        )
        return Stage.DECLINED if expired else record.stage
    return record.stage
