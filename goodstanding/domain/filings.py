"""What authorities are told: allow-listed fields, by a deadline, corrected when it no longer stands."""

from goodstanding.domain.draft import Draft
from goodstanding.domain.events import FilingDue
from goodstanding.domain.record import Decision, Filing, Qualification

DISPLAY_NAME = "display_name"
ORGANISATION_NAME = "organisation_name"
"""These two fields are filled in when they are sent, since events hold no names."""

UNFILED_BUT_OPENED = "unfiled_but_opened"
"""The error of a filing that no authority took in time, and for which the identity had been opened."""


def file(
    draft: Draft,
    kind: str,
    *,
    decision: Decision | None = None,
    qualification: Qualification | None = None,
    corrects: Filing | None = None,
) -> None:
    """Queue a filing of this kind, with the fields that the policy allows and nothing else."""
    filing = draft.policy.filings.kinds[kind]
    file_by = draft.after(filing.within)
    give_up = draft.policy.filings.give_up
    values = _values(draft, decision, qualification)
    values["corrects"] = corrects.filing_id if corrects else ""
    draft.add(
        FilingDue(
            filing_id=draft.new_id(),
            kind=kind,
            to=corrects.to if corrects else _channel(draft, filing.to),
            decision_id=decision.decision_id if decision else None,
            subject_id=qualification.qualification_id if qualification else None,
            corrects=corrects.filing_id if corrects else None,
            fields=tuple((name, values.get(name, "")) for name in filing.fields),
            file_by=file_by,
            give_up_at=draft.after(give_up, file_by) if give_up else file_by,
        )
    )


def correct(draft: Draft, decision: Decision) -> None:
    """Tell whoever got a filing about this decision that it no longer stands."""
    kind = draft.policy.filings.correction
    if kind is None:
        return
    corrected = {filing.corrects for filing in draft.record.filings}
    for filing in draft.record.filings:
        if filing.decision_id != decision.decision_id or filing.corrects:
            continue
        if filing.filing_id not in corrected:
            file(draft, kind, decision=decision, corrects=filing)


def _channel(draft: Draft, authority: str) -> str:
    """The deployment's word for the authority's address."""
    known = draft.policy.authorities.known.get(authority)
    return known.channel or authority if known else authority


def _values(
    draft: Draft, decision: Decision | None, qualification: Qualification | None
) -> dict[str, str]:
    record = draft.record
    penalty = next(
        (
            p.code
            for p in reversed(record.penalties)
            if decision and p.decision_id == decision.decision_id
        ),
        "",
    )
    return {
        "account_id": record.account_id,
        "category": record.holder_type,
        "class": qualification.code if qualification else "",
        "rule": decision.rule if decision else "",
        "clause": decision.clause if decision else "",
        "penalty": penalty,
        "dated": draft.moment.isoformat(),
        "policy_digest": draft.published.digest,
    }
