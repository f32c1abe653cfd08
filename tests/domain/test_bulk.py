"""The rules of bulk operations: two people, a dry run of the very plan, and when one stops by itself."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from goodstanding.domain.bulk import (
    BulkContext,
    BulkEmptyError,
    BulkExistsError,
    BulkNotFoundError,
    BulkNotUndoableError,
    BulkTooLargeError,
    DryRunMissingError,
    PlanChangedError,
    WrongBulkStateError,
    decide_bulk,
    is_otherwise,
    settle_bulk,
    work_of,
)
from goodstanding.domain.bulk_commands import check_target, command_for, decided_by, next_undo
from goodstanding.domain.bulk_steps import Bulk, Limits, Step, evolve_bulk
from goodstanding.domain.decide import Decided
from goodstanding.errors import (
    MalformedError,
    ReasonsTooShortError,
    RoleNotAllowedError,
    SelfApprovalError,
)
from goodstanding.messages import (
    MOST_TARGETS,
    AbortBulk,
    Actor,
    AddTargets,
    ApproveBulk,
    BulkLimits,
    BulkState,
    BulkWork,
    LiftPenalty,
    Lifts,
    PauseBulk,
    PlanBulk,
    RecordViolation,
    RehearseBulk,
    ResumeBulk,
    StartBulk,
    Tally,
    Target,
    UndoBulk,
    Violations,
    Voids,
    VoidStrike,
)
from goodstanding.vocabulary import Role
from tests.domain.playing import ASH, BIRCH, CEDAR, D0, Life

SYSTEM = Actor(id="goodstanding", role=Role.SYSTEM)
DEFAULTS = Limits(at_once=20, per_second=20, canary=2, stop_percent=10)
HOLDS = timedelta(hours=24)
SPAM = Violations(acted_at=D0, rule="spam", item="item-1", facts="Sent by one program.")
A, B, C = (Target(account_id=one) for one in ("a1", "a2", "a3"))


@dataclass
class Played:
    """An operation, step by step."""

    bulk: Bulk
    now: object = D0
    sent: int = 0
    tally: Tally = field(default_factory=Tally)

    def context(self, **more) -> BulkContext:
        fields = {"template": "commitment", "tally": self.tally, **more}
        return BulkContext(now=self.now, defaults=DEFAULTS, dry_run_holds=HOLDS, **fields)

    def do(self, sort, actor=ASH, context=None, **fields) -> Step:
        self.sent += 1
        fields = {"reasons": "Because.", **fields}
        command = sort(bulk_id=self.bulk.bulk_id, command_id=f"c{self.sent}", actor=actor, **fields)
        step = decide_bulk(self.bulk, command, context or self.context())
        self.bulk = evolve_bulk(self.bulk, step, actor, self.now)
        return step

    def add(self, *targets, actor=ASH):
        return self.do(AddTargets, actor, self.context(new_targets=targets), targets=targets)

    def settle(self, tally):
        self.tally = tally
        step = settle_bulk(self.bulk, tally, {"outcome": {"done": 1}})
        if step:
            self.bulk = evolve_bulk(self.bulk, step, SYSTEM, self.now)
        return step

    def approve(self, actor=BIRCH, digest=None):
        return self.do(ApproveBulk, actor, plan_digest=digest or self.bulk.plan_digest)


def planned(**more) -> Played:
    played = Played(Bulk(bulk_id="b1"))
    played.do(PlanBulk, template=SPAM, **more)
    played.add(A, B, C)
    return played


def rehearsed(**more) -> Played:
    played = planned(**more)
    played.do(RehearseBulk)
    played.settle(Tally(waiting=3))
    return played


def running(**more) -> Played:
    played = rehearsed(**more)
    played.approve()
    played.do(StartBulk)
    return played


def test_f05_a_plan_is_rehearsed_approved_by_a_second_person_and_only_then_begins():
    played = planned()
    assert played.bulk.state is BulkState.PLANNED
    with pytest.raises(WrongBulkStateError):
        played.approve()
    with pytest.raises(WrongBulkStateError):
        played.do(StartBulk)
    played.do(RehearseBulk)
    assert work_of(played.bulk, played.tally) is BulkWork.DRY_RUN
    played.settle(Tally(waiting=3))
    assert played.bulk.state is BulkState.DRY_RUN_DONE
    played.approve()
    assert (played.bulk.state, played.bulk.approved_by) == (BulkState.APPROVED, BIRCH)
    assert work_of(played.bulk, played.tally) is BulkWork.NOTHING
    played.do(StartBulk)
    assert work_of(played.bulk, played.tally) is BulkWork.SEND


@pytest.mark.parametrize("who", [ASH, CEDAR])
def test_f05_nobody_who_planned_it_or_added_accounts_approves_it(who):
    played = planned()
    played.add(Target(account_id="a4"), actor=CEDAR)
    played.do(RehearseBulk)
    played.settle(Tally(waiting=4))
    with pytest.raises(SelfApprovalError):
        played.approve(who)


@pytest.mark.parametrize("role", [one for one in Role if "reviewer" not in one])
def test_f05_only_people_move_an_operation(role):
    with pytest.raises(RoleNotAllowedError):
        Played(Bulk(bulk_id="b1")).do(PlanBulk, Actor(id="x", role=role), template=SPAM)


def test_what_is_approved_is_the_plan_that_was_looked_at():
    played = rehearsed()
    looked_at = played.bulk.plan_digest
    played.add(Target(account_id="a4"))
    assert played.bulk.state is BulkState.PLANNED
    played.do(RehearseBulk)
    played.settle(Tally(waiting=4))
    with pytest.raises(PlanChangedError):
        played.approve(digest=looked_at)
    played.approve()


def test_the_digest_of_a_plan_follows_from_operation_template_limits_and_accounts():
    one, other = planned(), planned()
    assert one.bulk.plan_digest == other.bulk.plan_digest
    slower = planned(limits=BulkLimits(per_second=1))
    more = planned()
    more.add(Target(account_id="a4"))
    said = Played(Bulk(bulk_id="b1"))
    said.do(PlanBulk, context=said.context(template="another"), template=SPAM)
    said.add(A, B, C)
    digests = {p.bulk.plan_digest for p in (one, slower, more, said)}
    assert len(digests) == 4


def test_a_dry_run_that_is_too_old_approves_and_starts_nothing():
    played = rehearsed()
    played.now = D0 + HOLDS + timedelta(seconds=1)
    with pytest.raises(DryRunMissingError):
        played.approve()
    played.now = D0 + HOLDS
    played.approve()
    played.now = D0 + HOLDS + timedelta(seconds=1)
    with pytest.raises(DryRunMissingError):
        played.do(StartBulk)
    played.do(RehearseBulk)
    assert played.bulk.approved_by is None


def test_the_age_of_a_dry_run_counts_from_the_instant_it_speaks_of():
    played = planned()
    played.do(RehearseBulk)
    played.now = D0 + timedelta(hours=3)
    played.settle(Tally(waiting=3))
    assert played.bulk.rehearsed_at == D0


def test_the_first_slice_is_looked_at_before_it_goes_on():
    played = running()
    assert played.settle(Tally(waiting=2, done=1)) is None
    step = played.settle(Tally(waiting=1, done=1, refused=1))
    assert (played.bulk.state, step.facts["because"]) == (BulkState.PAUSED, "canary")
    played.do(ResumeBulk)
    assert played.settle(Tally(waiting=1, done=1, refused=1)) is None
    played.settle(Tally(done=2, refused=1))
    assert played.bulk.state is BulkState.DONE


def test_it_pauses_once_more_answers_than_the_plan_allows_are_not_as_foreseen():
    played = running(limits=BulkLimits(canary=0, stop_percent=10))
    assert played.settle(Tally(waiting=80, done=18, refused=2, otherwise=2)) is None
    step = played.settle(Tally(waiting=79, done=18, refused=3, otherwise=3))
    assert (played.bulk.state, step.facts["because"]) == (BulkState.PAUSED, "otherwise")


def test_a_refusal_that_the_dry_run_foresaw_pauses_nothing():
    played = running(limits=BulkLimits(canary=0, stop_percent=0))
    assert played.settle(Tally(waiting=1, refused=99, otherwise=0)) is None


def test_the_share_is_counted_anew_once_somebody_has_looked():
    played = running(limits=BulkLimits(canary=0, stop_percent=10))
    played.settle(Tally(waiting=5, done=3, refused=3, otherwise=3))
    played.do(ResumeBulk)
    assert not is_otherwise(played.bulk, Tally(waiting=4, done=4, refused=3, otherwise=3))
    assert is_otherwise(played.bulk, Tally(waiting=3, done=4, refused=4, otherwise=4))


def test_what_is_in_doubt_is_asked_for_in_whatever_state():
    played = running()
    played.do(PauseBulk)
    assert work_of(played.bulk, Tally(waiting=2, done=1)) is BulkWork.NOTHING
    assert work_of(played.bulk, Tally(waiting=2, sent=1)) is BulkWork.SEND
    played.do(AbortBulk)
    assert work_of(played.bulk, Tally(waiting=2, sent=1)) is BulkWork.SEND


@pytest.mark.parametrize("sort", [ResumeBulk, StartBulk, PauseBulk, RehearseBulk])
def test_an_aborted_operation_never_goes_on(sort):
    played = running()
    played.do(AbortBulk)
    with pytest.raises(WrongBulkStateError):
        played.do(sort)


@pytest.mark.parametrize("sort", [PauseBulk, AbortBulk])
def test_whoever_stops_it_says_why(sort):
    with pytest.raises(ReasonsTooShortError):
        running().do(sort, reasons="  ")


def test_a_plan_goes_no_faster_than_the_settings_allow():
    with pytest.raises(MalformedError, match="at most 20"):
        planned(limits=BulkLimits(per_second=21))
    assert planned(limits=BulkLimits(per_second=3)).bulk.limits.per_second == 3
    assert planned().bulk.limits == DEFAULTS


def test_an_operation_without_accounts_cannot_be_rehearsed():
    played = Played(Bulk(bulk_id="b1"))
    played.do(PlanBulk, template=SPAM)
    with pytest.raises(BulkEmptyError):
        played.do(RehearseBulk)


def test_an_operation_has_a_largest_size():
    played = planned()
    played.bulk = played.bulk.model_copy(update={"targets": MOST_TARGETS})
    with pytest.raises(BulkTooLargeError):
        played.add(Target(account_id="a4"))


def undone(**more) -> Played:
    played = running(limits=BulkLimits(canary=0), **more)
    played.settle(Tally(done=3))
    played.do(UndoBulk)
    return played


def test_f05_undoing_waits_for_a_second_person_who_neither_planned_nor_asked():
    played = undone()
    assert played.bulk.state is BulkState.UNDO_ASKED
    assert work_of(played.bulk, played.tally) is BulkWork.NOTHING
    with pytest.raises(SelfApprovalError):
        played.approve(ASH)
    played.approve(BIRCH)
    assert work_of(played.bulk, played.tally) is BulkWork.SEND
    assert played.settle(Tally(done=3, undo_waiting=1)) is None
    played.settle(Tally(done=3, undo_done=2, undo_refused=1))
    assert played.bulk.state is BulkState.UNDONE


def test_f05_whoever_asked_for_undoing_does_not_agree_to_it():
    played = running(limits=BulkLimits(canary=0))
    played.settle(Tally(done=3))
    played.do(UndoBulk, CEDAR)
    with pytest.raises(SelfApprovalError):
        played.approve(CEDAR)


def test_undoing_can_be_paused_resumed_and_asked_for_again_once_all_is_answered():
    played = undone()
    played.approve()
    played.do(PauseBulk)
    played.do(ResumeBulk)
    assert played.bulk.state is BulkState.UNDOING
    played.do(AbortBulk)
    played.tally = Tally(done=3, undo_waiting=2, undo_sent=1)
    with pytest.raises(WrongBulkStateError):
        played.do(UndoBulk)
    played.tally = Tally(done=3, undo_waiting=2, undo_done=1)
    played.do(UndoBulk)
    played.approve()
    assert (played.bulk.state, played.bulk.undo_round) == (BulkState.UNDOING, 2)


def test_what_was_done_in_the_holders_favour_is_not_taken_back():
    played = Played(Bulk(bulk_id="b1"))
    played.do(PlanBulk, template=Lifts(reasons="Over."))
    played.bulk = played.bulk.model_copy(update={"state": BulkState.DONE, "has_begun": True})
    with pytest.raises(BulkNotUndoableError):
        played.do(UndoBulk)


def test_what_never_began_has_nothing_to_undo():
    played = rehearsed()
    played.do(AbortBulk)
    with pytest.raises(WrongBulkStateError):
        played.do(UndoBulk)


@pytest.mark.parametrize("rule", ["spam_flooding", "fraud_offer", "threat_to_life"])
def test_undoing_takes_command_after_command_until_nothing_of_the_decision_is_left(rule):
    life = Life().active()
    template = SPAM.model_copy(update={"rule": rule, "acted_at": life.now})
    for _ in range(2):
        # of a botnet some were found before
        life.violation("spam_flooding")
    played = undone()
    played.approve()
    strikes = life.record.active_strikes(life.now)
    assert isinstance(life.ask(command_for(played.bulk, template, A)), Decided)
    sent = []
    while command := next_undo(played.bulk, A, life.record, "It was no botnet at all."):
        assert isinstance(life.ask(command), Decided)
        sent.append(command.name)
    assert 1 <= len(sent) <= 6
    made = decided_by(played.bulk, A, life.record).decision_id
    assert life.record.active_strikes(life.now) == strikes
    assert [p for p in life.record.active_penalties(life.now) if p.decision_id == made] == []
    assert not any(review.subject_id == made for review in life.record.open_reviews())


def test_nothing_can_be_asked_of_an_operation_that_was_not_planned_nor_planned_twice():
    with pytest.raises(BulkNotFoundError):
        Played(Bulk(bulk_id="b1")).do(PauseBulk)
    with pytest.raises(BulkExistsError):
        planned().do(PlanBulk, template=SPAM)


def test_every_target_gets_an_ordinary_command_whose_id_is_its_own_and_the_same_each_time():
    bulk = running().bulk
    command = command_for(bulk, SPAM, A)
    assert isinstance(command, RecordViolation)
    assert command == command_for(bulk, SPAM, A)
    assert (command.account_id, command.actor) == ("a1", ASH)
    assert (command.finding.rule, command.finding.item) == ("spam", "item-1")
    other = bulk.model_copy(update={"bulk_id": "b2"})
    ids = {
        command_for(bulk, SPAM, A).command_id,
        command_for(bulk, SPAM, B).command_id,
        command_for(bulk, SPAM, Target(account_id="a1", subject="item-2")).command_id,
        command_for(other, SPAM, A).command_id,
    }
    assert len(ids) == 4


def test_a_target_names_its_own_item_penalty_or_strike():
    bulk = running().bulk
    own = Target(account_id="a1", subject="own")
    assert command_for(bulk, SPAM, own).finding.item == "own"
    lift = command_for(bulk, Lifts(reasons="Over."), own)
    assert isinstance(lift, LiftPenalty)
    assert lift.penalty_id == "own"
    void = command_for(bulk, Voids(reasons="Over."), own)
    assert isinstance(void, VoidStrike)
    assert void.strike_id == "own"


@pytest.mark.parametrize(
    ("template", "target"),
    [
        (replaced, A)
        for replaced in (
            SPAM.model_copy(update={"item": None}),
            Lifts(reasons=""),
            Voids(reasons=""),
        )
    ]
    + [(SPAM, Target(account_id="a1", subject="x" * 65))],
)
def test_a_target_that_leaves_open_what_is_meant_is_refused(template, target):
    with pytest.raises(MalformedError) as refused:
        check_target(template, target)
    assert refused.value.field == "subject"
