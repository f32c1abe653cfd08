"""What pointed to a breach: users, trusted flaggers, authorities, machines, or the platform's own people (F13)."""

from collections.abc import Mapping

from goodstanding.domain.entries import Case
from goodstanding.vocabulary import Origin, Role

_OF_REPORTS: Mapping[str, Origin] = {
    Role.TRUSTED_FLAGGER: Origin.TRUSTED_FLAGGER,
    Role.AUTHORITY: Origin.AUTHORITY,
    Role.DETECTOR: Origin.AUTOMATED,
    Role.REVIEWER: Origin.OWN_INITIATIVE,
    Role.SENIOR_REVIEWER: Origin.OWN_INITIATIVE,
    Role.SYSTEM: Origin.OWN_INITIATIVE,
}
"""Whoever else complains is a user, with or without an account of the platform."""

_SAID = (Origin.AUTHORITY, Origin.TRUSTED_FLAGGER, Origin.USER_REPORT, Origin.AUTOMATED)
"""Of several the first of these is stated: that a state asked is never hidden behind others who did."""


def origin_of_report(role: str) -> Origin:
    """The origin of a report that somebody files in this capacity."""
    return _OF_REPORTS.get(role, Origin.USER_REPORT)


def origin_of_decision(case: Case | None, found_by_role: str) -> Origin:
    """The origin of a decision: a machine's own is automated, else the case says what pointed to the item."""
    if found_by_role == Role.DETECTOR:
        return Origin.AUTOMATED
    if case is None:
        return Origin.OWN_INITIATIVE
    pointed = {*case.origins, *([Origin.AUTOMATED] if case.is_detected else [])}
    return next((origin for origin in _SAID if origin in pointed), Origin.OWN_INITIATIVE)
