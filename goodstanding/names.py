"""Every name that Temporal sees: workflow types and ids, queues, search attributes. Opaque ids only."""

from temporalio.common import SearchAttributeKey

ACCOUNT_WORKFLOW = "Account"
REVIEW_WORKFLOW = "Review"
UPKEEP_WORKFLOW = "Upkeep"
BULK_WORKFLOW = "Bulk"

QUEUE = "goodstanding"
"""Workflows, the ledger, and the start of reviews."""
EFFECTS_QUEUE = "goodstanding-effects"
"""Slow third parties."""
BULK_QUEUE = "goodstanding-bulk"
"""Bulk operations, so that no account waits behind them."""

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
UPKEEP_BULKS = "upkeep-bulks"


def account_workflow_id(account_id: str) -> str:
    """The workflow that is the only writer of this account."""
    return f"account/{account_id}"


def review_workflow_id(review_id: str) -> str:
    """The workflow that holds claim and clocks of this review."""
    return f"review/{review_id}"


def bulk_workflow_id(bulk_id: str) -> str:
    """The workflow that carries this bulk operation out."""
    return f"bulk/{bulk_id}"


def account_of(made_id: str) -> str:
    """The account in which something with a generated id lives: ids begin with what caused them."""
    return made_id.partition(".")[0]
