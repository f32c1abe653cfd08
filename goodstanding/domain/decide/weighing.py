"""What weighs when a violation is decided: the strikes, notices and qualifications that stand before it."""

from collections.abc import Sequence
from datetime import datetime

from goodstanding.domain.draft import Draft
from goodstanding.domain.ladder import Before, Step, ladder_of, proposed
from goodstanding.domain.record import Decision, DecisionState, QualificationState, Record
from goodstanding.messages import Finding
from goodstanding.policy.schema import Ladder, Policy


def lowest(draft: Draft, decision: Decision) -> Step:
    """The lowest rung that fits the decision, given what stands before it.

    Before a decision that counts already stand the strikes of decisions taken earlier, as they are known now;
    before a new one, all that weigh.
    """
    at = decision.taken_at or draft.moment
    order = {d.decision_id: place for place, d in enumerate(in_order(draft))}
    own = order.get(decision.decision_id, len(order))
    earlier = [d for d in in_order(draft) if order[d.decision_id] < own]
    policy = draft.context.book.of(decision.substance_digest).policy
    ids = {d.decision_id for d in earlier}
    held = held_at(draft.record, at)
    before = Before(
        at,
        strikes=tuple(s for s in draft.record.strikes if s.decision_id in ids),
        earlier_notice=any(
            n.decision_id in ids and n.handed_over_at is not None and n.handed_over_at <= at
            for n in draft.record.notices
        ),
        untold=_untold(
            draft, policy, earlier, ladder_of(policy, decision.rule, held), decision.acted_at
        ),
        held=held,
    )
    return proposed(policy, decision.rule, before)


def lowest_for(draft: Draft, policy: Policy, finding: Finding) -> Step:
    """The lowest rung that fits a finding on which nothing was decided yet."""
    held = held_at(draft.record, draft.moment)
    ladder = ladder_of(policy, finding.rule, held)
    before = Before(
        draft.moment,
        strikes=draft.record.strikes,
        earlier_notice=any(n.decision_id and n.handed_over_at for n in draft.record.notices),
        untold=_untold(draft, policy, in_order(draft), ladder, finding.acted_at),
        held=held,
    )
    return proposed(policy, finding.rule, before)


def ladder_for(draft: Draft, decision: Decision) -> Ladder:
    """The ladder that the decision stands on, in the policy that judged it."""
    policy = draft.context.book.of(decision.substance_digest).policy
    at = decision.taken_at or draft.moment
    return ladder_of(policy, decision.rule, held_at(draft.record, at))


def in_order(draft: Draft) -> list[Decision]:
    """The decisions that count, in the order in which they were taken."""
    counting = [d for d in draft.record.decisions if d.state is DecisionState.IN_FORCE]
    return sorted(counting, key=lambda d: d.taken_at or draft.now)


def held_at(record: Record, at: datetime) -> frozenset[str]:
    """The qualifications that the account held at an instant."""
    return frozenset(
        q.code
        for q in record.qualifications
        if q.state is QualificationState.GRANTED and q.holds_at(at)
    )


def _untold(
    draft: Draft, policy: Policy, earlier: Sequence[Decision], ladder: Ladder, acted_at: datetime
) -> bool:
    """Whether the holder acted before being told of the last violation on the same ladder."""
    if not ladder.one_until_told:
        return False
    same = [
        d
        for d in earlier
        if d.rule in policy.rules
        and ladder_of(policy, d.rule, held_at(draft.record, acted_at)) == ladder
    ]
    if not same:
        return False
    told = [
        n.handed_over_at
        for n in draft.record.notices
        if n.decision_id == same[-1].decision_id and n.handed_over_at
    ]
    return not told or acted_at < min(told)
