"""What a decision does with items: within what its rule allows, once it counts, and undone with it (F8)."""

from collections.abc import Mapping
from datetime import datetime

from goodstanding.domain import events as e
from goodstanding.domain.content import ContentState, Requested
from goodstanding.domain.draft import Draft
from goodstanding.domain.record import Decision, DecisionState
from goodstanding.errors import ContentActionNotAllowedError, MalformedError, NothingToRestoreError
from goodstanding.messages import Finding, ItemAction
from goodstanding.policy.content import ContentAction
from goodstanding.policy.schema import Policy
from goodstanding.vocabulary import ContentAct


def items_of(draft: Draft, finding: Finding, policy: Policy) -> tuple[e.ContentItem, ...]:
    """What the finding does with items, in the words of the policy that judges the act.

    `ContentActionNotAllowedError` for what its rule does not allow, `NothingToRestoreError` where nothing was done.
    """
    keys = [(one.item, one.label) for one in finding.content]
    if len(set(keys)) < len(keys):
        message = "finding.content: name each item once, and once more for each label."
        raise MalformedError(message, "finding.content")
    named = _named_by_rule(policy, finding.rule)
    return tuple(_item(draft, one, named) for one in finding.content)


def ask(draft: Draft, decision: Decision, *, at_once: tuple[str, ...] | None = None) -> None:
    """Ask the platform for what the decision does; with `at_once` for these actions of the policy alone."""
    for item in decision.content:
        if at_once is not None and item.action not in at_once:
            continue
        before = Requested.about(draft.record.content, item)
        is_to_be_on = item.does is not ContentAct.RESTORE
        has_failed = before.latest is not None and before.latest.state is ContentState.FAILED
        if before.is_on is not is_to_be_on or has_failed:
            _request(draft, decision, item, item.does)


def undo(draft: Draft, decision: Decision, *, is_reduced: bool = False) -> None:
    """Show again what the decision removed, take its labels off, and say of the rest that it cannot be undone."""
    actions = _actions(draft, decision)
    for item in decision.content:
        action = actions[item.action]
        before = Requested.about(draft.record.content, item)
        if item.does is ContentAct.RESTORE or before.latest is None or not before.is_on:
            continue
        if (is_reduced and action.outlives_reduction) or _is_asked_by_others(draft, decision, item):
            continue
        if before.latest.state is ContentState.DONE and not action.can_be_undone:
            draft.add(e.ContentNotRestored(decision.decision_id, item.item, item.label))
        else:
            _request(draft, decision, item, ContentAct.RESTORE)


def given_up_at(draft: Draft, decision: Decision) -> datetime:
    """Until when the platform is asked for what this decision does, from now on."""
    digest = decision.substance_digest
    content = draft.policy.content or draft.context.book.of(digest).policy.content
    return draft.after(content.give_up) if content else draft.now


def _named_by_rule(policy: Policy, rule_code: str) -> Mapping[str, ContentAction]:
    rule = policy.rules[rule_code]
    codes = policy.severities[rule.severity].content if rule.content is None else rule.content
    actions = policy.content.actions if policy.content else {}
    return {code: actions[code] for code in codes}


def _item(draft: Draft, asked: ItemAction, named: Mapping[str, ContentAction]) -> e.ContentItem:
    if asked.action is ContentAct.RESTORE:
        code = next((code for code, one in named.items() if one.does is asked.action), None)
    else:
        fits = (asked.action, asked.label)
        code = next((code for code, one in named.items() if (one.does, one.label) == fits), None)
    if code is None:
        may = ", ".join(f"{one.does} {one.label or ''}".strip() for one in named.values()) or "none"
        label = f" {asked.label}" if asked.label else ""
        message = f"The rule does not allow {asked.action}{label}; it allows: {may}."
        raise ContentActionNotAllowedError(message, "finding.content")
    item = e.ContentItem(asked.item, code, asked.action, asked.label)
    if asked.action is ContentAct.RESTORE and not Requested.about(draft.record.content, item).is_on:
        message = f"Nothing was done with the item {asked.item} that could be undone."
        raise NothingToRestoreError(message, "finding.content")
    return item


def _request(draft: Draft, decision: Decision, item: e.ContentItem, does: ContentAct) -> None:
    before = Requested.about(draft.record.content, item)
    latest = before.latest
    effect_id = draft.new_id()
    if latest and latest.state in (ContentState.REQUESTED, ContentState.FAILED):
        # whether or not it arrived: what is asked for now is what counts
        draft.add(e.ContentSuperseded(latest.effect_id, effect_id))
    draft.add(
        e.ContentAsked(
            effect_id=effect_id,
            decision_id=decision.decision_id,
            item=item.item,
            does=does,
            label=item.label,
            order=len(before.all) + 1,
            undoes=latest.effect_id if latest and does is ContentAct.RESTORE else None,
            give_up_at=given_up_at(draft, decision),
        )
    )


def _actions(draft: Draft, decision: Decision) -> Mapping[str, ContentAction]:
    content = draft.context.book.of(decision.substance_digest).policy.content
    return content.actions if content else {}


def _is_asked_by_others(draft: Draft, decision: Decision, item: e.ContentItem) -> bool:
    """Whether another decision that counts does the same with the item."""
    return any(
        (one.item, one.label, one.does) == (item.item, item.label, item.does)
        for other in draft.record.decisions
        if other.decision_id != decision.decision_id and other.state is DecisionState.IN_FORCE
        for one in other.content
        if not other.is_reduced or _actions(draft, other)[one.action].outlives_reduction
    )
