"""The words that the engine itself knows; every other word comes from a policy.

Names of rules, penalties, rungs, classes, capabilities and standings are policy data and stand nowhere in the
code, but for `ENGINE_CAPABILITIES`; `SHARED_WORDS` are the engine's own, in another sense.
"""

from enum import StrEnum

PROVIDER_ACCOUNT = "provider"
"""The reserved account that is the platform itself; its licences are its qualifications."""

APPEAL = "appeal"
EXPORT = "export"
ENGINE_CAPABILITIES = (APPEAL, EXPORT)
"""What no penalty, no stage and no policy can deny."""

SHARED_WORDS = frozenset({"closed", "read", "remove", "report", "warn", "warning"})
"""Words of the engine's own that a policy may use too: a stage, a scope of keys, a complaint and its
table, what a detector may do, what is done with an item, a level of logs. They are only defined here
and there, and never compared with a policy's word."""


class Stage(StrEnum):
    """Where an account is in its life."""

    REGISTERING = "registering"
    VERIFYING = "verifying"
    ACTIVE = "active"
    CLOSING = "closing"
    CLOSED = "closed"
    ERASED = "erased"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


ENDED_STAGES = frozenset({Stage.CLOSED, Stage.ERASED, Stage.DECLINED, Stage.WITHDRAWN})


class Role(StrEnum):
    """In what capacity somebody acts."""

    HOLDER = "holder"
    PLATFORM = "platform"
    REVIEWER = "reviewer"
    SENIOR_REVIEWER = "senior_reviewer"
    DETECTOR = "detector"
    PUBLIC = "public"
    TRUSTED_FLAGGER = "trusted_flagger"
    AUTHORITY = "authority"
    SYSTEM = "system"


class Origin(StrEnum):
    """What first pointed to something: kept with every report and every decision (F13)."""

    USER_REPORT = "user_report"
    TRUSTED_FLAGGER = "trusted_flagger"
    OWN_INITIATIVE = "own_initiative"
    AUTOMATED = "automated"
    AUTHORITY = "authority"


PEOPLE = frozenset({Role.REVIEWER, Role.SENIOR_REVIEWER})
"""Those of the platform who decide, and whose votes are counted."""


class ReviewKind(StrEnum):
    """What a person is asked to decide."""

    IDENTITY = "identity"
    NAME = "name"
    RETURN = "return"
    QUALIFICATION = "qualification"
    REVOCATION = "revocation"
    CASE = "case"
    CONFIRMATION = "confirmation"
    APPEAL = "appeal"
    REINSTATEMENT = "reinstatement"
    ORDER = "order"
    OVERTURN = "overturn"


class Verdict(StrEnum):
    """How a person decides; which of them fit depends on the kind of the review."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    GRANT = "grant"
    VIOLATION = "violation"
    NO_VIOLATION = "no_violation"
    CONFIRM = "confirm"
    REJECT = "reject"
    UPHELD = "upheld"
    REDUCED = "reduced"
    OVERTURNED = "overturned"


class Outcome(StrEnum):
    """What a verifier says of an identity; `unavailable` never fails a person."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    UNAVAILABLE = "unavailable"


class Assurance(StrEnum):
    """How much a verification is worth, weakest first."""

    FORMAT = "format"
    ISSUER = "issuer"
    LIVENESS = "liveness"


class ContentAct(StrEnum):
    """What the platform is asked to do with an item."""

    REMOVE = "remove"
    LABEL = "label"
    RESTORE = "restore"
    """Show again what was removed; with a label, take it off."""


class EffectKind(StrEnum):
    """What has to happen outside, in consequence of a decision."""

    NOTICE = "notice"
    """A copy of a notice for the platform."""
    MAIL = "mail"
    """A notice by e-mail for the holder."""
    VERIFICATION = "verification"
    REVIEW = "review"
    FILING = "filing"
    CONTENT = "content"


class EffectState(StrEnum):
    """How far an effect is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    """Something that came after it takes its place; it is not tried any more."""


class NoticeKind(StrEnum):
    """What the holder is told; each has a template per language beside the policies."""

    NAME_IN_REVIEW = "name_in_review"
    IDENTITY_FAILED = "identity_failed"
    IDENTITY_IN_REVIEW = "identity_in_review"
    ACTIVATED = "activated"
    REGISTRATION_DECLINED = "registration_declined"
    REGISTRATION_WITHDRAWN = "registration_withdrawn"
    VERIFICATION_REMINDER = "verification_reminder"
    VERIFICATION_LAPSED = "verification_lapsed"
    VERIFICATION_ASKED = "verification_asked"
    AGREEMENT_CHANGED = "agreement_changed"
    AGREEMENT_REMINDER = "agreement_reminder"
    AGREEMENT_OVERDUE = "agreement_overdue"
    QUALIFICATION_GRANTED = "qualification_granted"
    QUALIFICATION_REFUSED = "qualification_refused"
    QUALIFICATION_REMINDER = "qualification_reminder"
    QUALIFICATION_LAPSED = "qualification_lapsed"
    QUALIFICATION_REVOKED = "qualification_revoked"
    LICENCE_REMINDER = "licence_reminder"
    LICENCE_LAPSED = "licence_lapsed"
    VIOLATION_DECIDED = "violation_decided"
    INTERIM_STARTED = "interim_started"
    INTERIM_LAPSED = "interim_lapsed"
    HEARING_ENDED = "hearing_ended"
    PROPOSAL_LAPSED = "proposal_lapsed"
    PENALTY_RAISED = "penalty_raised"
    PENALTY_ENDED = "penalty_ended"
    PENALTY_LIFTED = "penalty_lifted"
    STRIKE_VOIDED = "strike_voided"
    CLOSING_WISHED = "closing_wished"
    CLOSING_ANNOUNCED = "closing_announced"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_RESTORED = "account_restored"
    CASE_CLOSED = "case_closed"
    APPEAL_RECEIVED = "appeal_received"
    APPEAL_UPHELD = "appeal_upheld"
    APPEAL_REDUCED = "appeal_reduced"
    APPEAL_OVERTURNED = "appeal_overturned"
    DECISION_OVERTURNED = "decision_overturned"
    DECISION_REDERIVED = "decision_rederived"
    APPEAL_WINDOW_ENDED = "appeal_window_ended"
    IDENTITY_ERASED = "identity_erased"
    REPORT_ANSWERED = "report_answered"
    ORDER_RECEIVED = "order_received"
    ORDER_ENDED = "order_ended"
