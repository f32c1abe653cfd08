"""Every name that Temporal sees: workflow types and ids, queues, search attributes. Opaque ids only."""

from temporalio.common import SearchAttributeKey

ACCOUNT_WORKFLOW = "Account"
REVIEW_WORKFLOW = "Review"
UPKEEP_WORKFLOW = "Upkeep"

QUEUE = "goodstanding"
"""Workflows, the ledger, and the start of reviews."""
EFFECTS_QUEUE = "goodstanding-effects"
"""Slow third parties."""

ACCOUNT_STAGE = SearchAttributeKey.for_keyword("AccountStage")
ACCOUNT_STANDING = SearchAttributeKey.for_keyword("AccountStanding")
WAITING_FOR = SearchAttributeKey.for_keyword("WaitingFor")
NEXT_DEADLINE = SearchAttributeKey.for_datetime("NextDeadline")
POLICY_VERSION = SearchAttributeKey.for_keyword("PolicyVersion")
SEARCH_ATTRIBUTES = (ACCOUNT_STAGE, ACCOUNT_STANDING, WAITING_FOR, NEXT_DEADLINE, POLICY_VERSION)

UPKEEP_DAILY = "upkeep-daily"
UPKEEP_OVERDUE = "upkeep-overdue"
UPKEEP_REVIEWS = "upkeep-reviews"
UPKEEP_POLICIES = "upkeep-policies"


def account_workflow_id(account_id: str) -> str:
    """The workflow that is the only writer of this account."""
    return f"account/{account_id}"


def review_workflow_id(review_id: str) -> str:
    """The workflow that holds claim and clocks of this review."""
    return f"review/{review_id}"


def account_of(made_id: str) -> str:
    """The account in which something with a generated id lives: ids begin with what caused them."""
    return made_id.partition(".")[0]
