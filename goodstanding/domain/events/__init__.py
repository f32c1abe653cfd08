"""What can happen to an account; the ledger is made of these and nothing else.

`due_at` stands where something was due: rights follow it, whenever the event was recorded.
"""

from typing import get_args

from goodstanding.domain.events.appealing import (
    AppealDecided,
    AppealFiled,
    AppealWindowEnded,
    DecisionOverturned,
    DecisionRederived,
    DecisionReduced,
    OverturnAgreed,
)
from goodstanding.domain.events.closing import (
    AccountClosed,
    AccountRestored,
    ClosingCancelled,
    ClosingStarted,
    FingerprintForgotten,
    IdentityErased,
    NameReleased,
    TextsErased,
)
from goodstanding.domain.events.content import (
    ContentAsked,
    ContentDecided,
    ContentDone,
    ContentItem,
    ContentNotRestored,
    ContentSuperseded,
    ContentWaits,
)
from goodstanding.domain.events.enforcing import (
    AppealWindowOpened,
    DecisionLapsed,
    DecisionTaken,
    HearingAnswered,
    HearingEnded,
    PenaltyEnded,
    PenaltyExpired,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyOverturned,
    PenaltyReviewDue,
    PenaltyShortened,
    PenaltyStarted,
    ProposalConfirmed,
    ProposalLapsed,
    ProposalMade,
    StrikeExpired,
    StrikeGiven,
    StrikeRederived,
    StrikeVoided,
    ViolationFound,
)
from goodstanding.domain.events.joining import (
    Activated,
    AgreementAccepted,
    Declined,
    IdentityAsked,
    IdentityChecked,
    IdentityOpened,
    IdentitySubmitted,
    IdentityVerified,
    LicenceLapsed,
    LicenceRecorded,
    LicenceReminded,
    NameDoubted,
    ProviderOpened,
    Registered,
    RegistrationReopened,
    VerificationLapsed,
    VerificationReminded,
    Withdrawn,
)
from goodstanding.domain.events.ordering import (
    OrderConfirmed,
    OrderDisclosed,
    OrderExpired,
    OrderLapsed,
    OrderRecorded,
    OrderReviewDue,
    OrderStarted,
    OrderWithdrawn,
)
from goodstanding.domain.events.qualifying import (
    QualificationApplied,
    QualificationGranted,
    QualificationLapsed,
    QualificationRefused,
    QualificationReminded,
    QualificationRestored,
    QualificationRevoked,
)
from goodstanding.domain.events.renewing import (
    AgreementAsked,
    AgreementOverdue,
    AgreementReminded,
    VerificationAsked,
)
from goodstanding.domain.events.reporting import (
    CaseAnswered,
    CaseDismissed,
    CaseOpened,
    FindingProposed,
    ReportAnswered,
    ReportFiled,
)
from goodstanding.domain.events.reviewing import (
    ReviewCancelled,
    ReviewDecided,
    ReviewEscalated,
    ReviewOpened,
    ReviewReminded,
    VoteCast,
)
from goodstanding.domain.events.telling import (
    EffectFailed,
    EffectRetried,
    FilingAcknowledged,
    FilingDue,
    FilingEscalated,
    NoticeAcknowledged,
    NoticeDelivered,
    NoticeIssued,
)
from goodstanding.domain.events.texts import (
    Text,
)

Event = (
    Registered
    | AgreementAccepted
    | AgreementAsked
    | AgreementReminded
    | AgreementOverdue
    | VerificationAsked
    | ProviderOpened
    | LicenceRecorded
    | LicenceReminded
    | LicenceLapsed
    | NameDoubted
    | IdentitySubmitted
    | IdentityAsked
    | IdentityOpened
    | IdentityChecked
    | IdentityVerified
    | VerificationReminded
    | VerificationLapsed
    | Activated
    | Declined
    | Withdrawn
    | RegistrationReopened
    | ReviewOpened
    | VoteCast
    | ReviewDecided
    | ReviewCancelled
    | ReviewReminded
    | ReviewEscalated
    | QualificationApplied
    | QualificationGranted
    | QualificationRefused
    | QualificationReminded
    | QualificationLapsed
    | QualificationRevoked
    | QualificationRestored
    | CaseOpened
    | CaseAnswered
    | ReportFiled
    | ReportAnswered
    | FindingProposed
    | CaseDismissed
    | ViolationFound
    | DecisionTaken
    | AppealWindowOpened
    | DecisionLapsed
    | StrikeGiven
    | StrikeExpired
    | StrikeVoided
    | StrikeRederived
    | PenaltyImposed
    | PenaltyStarted
    | PenaltyExpired
    | PenaltyEnded
    | PenaltyLifted
    | PenaltyOverturned
    | PenaltyShortened
    | PenaltyReviewDue
    | ProposalMade
    | HearingAnswered
    | HearingEnded
    | ProposalConfirmed
    | ProposalLapsed
    | ClosingStarted
    | ClosingCancelled
    | AccountClosed
    | AccountRestored
    | NameReleased
    | IdentityErased
    | FingerprintForgotten
    | TextsErased
    | AppealFiled
    | AppealDecided
    | AppealWindowEnded
    | DecisionReduced
    | OverturnAgreed
    | DecisionOverturned
    | DecisionRederived
    | ContentDecided
    | ContentAsked
    | ContentWaits
    | ContentDone
    | ContentSuperseded
    | ContentNotRestored
    | NoticeIssued
    | NoticeDelivered
    | NoticeAcknowledged
    | FilingDue
    | FilingAcknowledged
    | FilingEscalated
    | EffectFailed
    | EffectRetried
    | OrderRecorded
    | OrderConfirmed
    | OrderLapsed
    | OrderStarted
    | OrderDisclosed
    | OrderReviewDue
    | OrderExpired
    | OrderWithdrawn
)
EVENTS: tuple[type[Event], ...] = get_args(Event)
"""Every kind of event; the class name is the kind that the ledger stores."""

__all__ = [
    "EVENTS",
    "AccountClosed",
    "AccountRestored",
    "Activated",
    "AgreementAccepted",
    "AgreementAsked",
    "AgreementOverdue",
    "AgreementReminded",
    "AppealDecided",
    "AppealFiled",
    "AppealWindowEnded",
    "AppealWindowOpened",
    "CaseAnswered",
    "CaseDismissed",
    "CaseOpened",
    "ClosingCancelled",
    "ClosingStarted",
    "ContentAsked",
    "ContentDecided",
    "ContentDone",
    "ContentItem",
    "ContentNotRestored",
    "ContentSuperseded",
    "ContentWaits",
    "DecisionLapsed",
    "DecisionOverturned",
    "DecisionRederived",
    "DecisionReduced",
    "DecisionTaken",
    "Declined",
    "EffectFailed",
    "EffectRetried",
    "Event",
    "FilingAcknowledged",
    "FilingDue",
    "FilingEscalated",
    "FindingProposed",
    "FingerprintForgotten",
    "HearingAnswered",
    "HearingEnded",
    "IdentityAsked",
    "IdentityChecked",
    "IdentityErased",
    "IdentityOpened",
    "IdentitySubmitted",
    "IdentityVerified",
    "LicenceLapsed",
    "LicenceRecorded",
    "LicenceReminded",
    "NameDoubted",
    "NameReleased",
    "NoticeAcknowledged",
    "NoticeDelivered",
    "NoticeIssued",
    "OrderConfirmed",
    "OrderDisclosed",
    "OrderExpired",
    "OrderLapsed",
    "OrderRecorded",
    "OrderReviewDue",
    "OrderStarted",
    "OrderWithdrawn",
    "OverturnAgreed",
    "PenaltyEnded",
    "PenaltyExpired",
    "PenaltyImposed",
    "PenaltyLifted",
    "PenaltyOverturned",
    "PenaltyReviewDue",
    "PenaltyShortened",
    "PenaltyStarted",
    "ProposalConfirmed",
    "ProposalLapsed",
    "ProposalMade",
    "ProviderOpened",
    "QualificationApplied",
    "QualificationGranted",
    "QualificationLapsed",
    "QualificationRefused",
    "QualificationReminded",
    "QualificationRestored",
    "QualificationRevoked",
    "Registered",
    "RegistrationReopened",
    "ReportAnswered",
    "ReportFiled",
    "ReviewCancelled",
    "ReviewDecided",
    "ReviewEscalated",
    "ReviewOpened",
    "ReviewReminded",
    "StrikeExpired",
    "StrikeGiven",
    "StrikeRederived",
    "StrikeVoided",
    "Text",
    "TextsErased",
    "VerificationAsked",
    "VerificationLapsed",
    "VerificationReminded",
    "ViolationFound",
    "VoteCast",
    "Withdrawn",
]
