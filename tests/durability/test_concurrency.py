"""Many commands at once: one order for each account, everybody answered, nothing lost and nothing doubled."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from sqlmodel import select
from temporalio.client import WorkflowExecutionStatus

from goodstanding.errors import ConflictError
from goodstanding.messages import (
    AcceptAgreement,
    AcknowledgeNotice,
    Answer,
    AnswerHearing,
    AnyCommand,
    ApplyForQualification,
    CloseAccount,
    Erase,
    FileAppeal,
    LiftPenalty,
    OpenProvider,
    Pace,
    RetryEffect,
    RevokeQualification,
    VoidStrike,
    Withdraw,
)
from goodstanding.sending import Sender
from storage.audit import verify
from storage.tables import CommandRow
from tests.durability.scenes import citizen
from tests.workflows.stand import BIRCH, COPIES, HOLDER, OPS, Stand

SLEEPS_AT_ONCE = Pace(horizon=timedelta(0), margin=timedelta(0), linger=timedelta(0))
PATIENCE = timedelta(seconds=100)
IN_USE = ("Activated", "Declined")

pytestmark = pytest.mark.timeout(150)


async def all_at_once(
    stand: Stand, commands: Sequence[AnyCommand], senders: int = 1
) -> list[Answer]:
    """Send all of them at once, from so many platform processes, none of which knows of the others."""
    several = [Sender(stand.client, deadline=PATIENCE) for _ in range(senders)]
    return await asyncio.gather(
        *(several[n % senders].send(command) for n, command in enumerate(commands))
    )


async def fell_asleep(stand: Stand, account_id: str):
    """Wait until the account's run has completed."""
    completed = WorkflowExecutionStatus.COMPLETED
    await stand.until(lambda: stand.has_status(account_id, completed), within=100)


async def answered(stand: Stand, account_id: str) -> dict[str, Answer]:
    """What the record keeps as answers, by command id."""
    async with stand.database.reading() as session:
        rows = await session.exec(select(CommandRow).where(CommandRow.account_id == account_id))
        return {row.command_id: Answer.model_validate_json(row.answer) for row in rows}


async def check_one_order(stand: Stand, account_id: str, answers: dict[str, Answer]):
    """The events are numbered without a gap, each command's in one piece, and its answer names its last."""
    events = await stand.events(account_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    by_command: dict[str, list[int]] = defaultdict(list)
    for event in events:
        if event.command_id:
            by_command[event.command_id].append(event.seq)
    for command_id, seqs in by_command.items():
        assert seqs == list(range(seqs[0], seqs[-1] + 1))
        if command_id in answers:
            assert answers[command_id].seq == seqs[-1]
    accepted = {command_id for command_id, answer in answers.items() if answer.refusal is None}
    assert {one for one in by_command if one in answers} <= accepted
    stored = await answered(stand, account_id)
    assert {command_id: stored[command_id] for command_id in answers} == answers


async def check_ledger(stand: Stand):
    async with stand.database.reading() as session:
        assert await verify(session) == []


@asynccontextmanager
async def audited_meanwhile(stand: Stand) -> AsyncIterator[None]:
    """Let the ledger be sound at every moment of the block."""
    is_over = asyncio.Event()

    async def audit():
        while not is_over.is_set():
            await check_ledger(stand)
            with suppress(TimeoutError):
                await asyncio.wait_for(is_over.wait(), 1)

    auditing = asyncio.create_task(audit())
    try:
        yield
    finally:
        is_over.set()
        await auditing


# of one account


async def sixty_different(stand: Stand, account_id: str) -> list[AnyCommand]:
    """Everything that anybody could want of an account against which something was found."""
    await stand.active(account_id)
    found = await stand.goodstanding.accounts.record_violation(stand.violation(account_id, "first"))
    commands = [
        *(stand.report(account_id, f"report-{n}", f"item-{n % 7}") for n in range(28)),
        *(stand.violation(account_id, f"found-{n}") for n in range(12)),
        *_others(stand, account_id, found),
    ]
    assert len({command.command_id for command in commands}) == 60
    return commands


def _others(stand: Stand, account_id: str, found: Answer) -> Iterator[AnyCommand]:
    decision, strike, penalty, notice = found.created
    registration = stand.register(account_id)
    reasons, statement = "Looked at again with care.", "This was not so."
    holder = {"account_id": account_id, "actor": HOLDER}
    senior = {"account_id": account_id, "actor": BIRCH, "reasons": reasons}
    for n in range(2):
        appeal = {"appeal_id": f"appeal-{n}", "decision_id": decision, "statement": statement}
        yield FileAppeal(command_id=f"appeal-{n}", **holder, **appeal)
        yield CloseAccount(command_id=f"close-{n}", **holder)
        yield Withdraw(command_id=f"withdraw-{n}", **holder)
        yield registration.model_copy(update={"command_id": f"register-{n}"})
        yield Erase(command_id=f"erase-{n}", **holder)
        yield OpenProvider(command_id=f"open-{n}", policy_id="neutral", **holder)
    yield AcknowledgeNotice(command_id="acknowledge", notice_id=notice, **holder)
    yield AcceptAgreement(command_id="accept", agreement=registration.agreement, **holder)
    yield AnswerHearing(command_id="answer", decision_id=decision, statement=statement, **holder)
    yield ApplyForQualification(command_id="apply", qualification="news_unit", **holder)
    yield LiftPenalty(command_id="lift", penalty_id=penalty, **senior)
    yield VoidStrike(command_id="void", strike_id=strike, **senior)
    yield RevokeQualification(command_id="revoke", qualification_id=decision, **senior)
    yield RetryEffect(command_id="retry", account_id=account_id, actor=OPS, effect_id=notice)


async def test_sixty_different_commands_at_once_are_taken_in_one_order(live, new_id):
    commands = await sixty_different(live, new_id)
    random.Random(60).shuffle(commands)  # noqa: S311 - nothing is secret here
    answers = await all_at_once(live, commands)
    by_id = {command.command_id: answer for command, answer in zip(commands, answers, strict=True)}
    await check_one_order(live, new_id, by_id)
    await check_ledger(live)
    kinds = Counter(await live.kinds(new_id))
    accepted = Counter(
        command.name for command in commands if by_id[command.command_id].refusal is None
    )
    assert kinds["ReportFiled"] == accepted["file_report"] > 0
    assert kinds["ViolationFound"] == accepted["record_violation"] + 1
    assert kinds["AppealFiled"] == accepted["file_appeal"] <= 1


# of many accounts


async def test_three_hundred_at_random_over_twenty_sleeping_accounts_are_all_taken_once(
    live, new_id
):
    account_ids = [f"{new_id}-{n}" for n in range(20)]
    for account_id in account_ids[::4]:
        # of these each command comes at the end of a run
        live.ledger.paces[account_id] = SLEEPS_AT_ONCE
    await all_at_once(live, [live.register(one) for one in account_ids])
    await asyncio.gather(*(fell_asleep(live, one) for one in account_ids))
    chance = random.Random(300)  # noqa: S311 - nothing is secret here
    commands: list[AnyCommand] = []
    for n in range(300):
        account_id = chance.choice(account_ids)
        report, violation = live.report(account_id, f"r{n}"), live.violation(account_id, f"v{n}")
        # some come twice, some are refused in this stage
        again = chance.choice(commands) if commands else report
        commands.append(chance.choice([report, report, report, violation, again]))
    async with audited_meanwhile(live):
        answers = await all_at_once(live, commands)
    by_account: dict[str, dict[str, Answer]] = defaultdict(dict)
    for command, answer in zip(commands, answers, strict=True):
        known = by_account[command.account_id].setdefault(command.command_id, answer)
        assert known == answer
    assert sum(len(given) for given in by_account.values()) < 300
    for account_id, given in by_account.items():
        await check_one_order(live, account_id, given)
        assert set(await answered(live, account_id)) == {"register", *given}
    await check_ledger(live)


# of one identity


async def test_of_registrations_of_one_identity_at_once_under_a_cap_of_one_one_wins(live, new_id):
    holders = [[f"{new_id}-{person}-{n}" for n in range(3)] for person in range(4)]
    identities = [citizen(live, int(new_id[1:6], 16) % 900 + n) for n in range(4)]

    async def joins(account_id, identity):
        registration = live.register(account_id, "cn-im-2014", kind="public")
        await live.goodstanding.accounts.register(registration)
        await live.submit(account_id, identity)
        await live.until(lambda: _is_decided(live, account_id), within=100)

    await asyncio.gather(
        *(
            joins(account_id, identity)
            for own, identity in zip(holders, identities, strict=True)
            for account_id in own
        )
    )
    for own in holders:
        ends = [[k for k in await live.kinds(one) if k in IN_USE] for one in own]
        assert sorted(ends) == [["Activated"], ["Declined"], ["Declined"]]
        losers = [one for one, end in zip(own, ends, strict=True) if end == ["Declined"]]
        for account_id in losers:
            (declined,) = await live.bodies(account_id, "Declined")
            assert declined["reason_code"] == "account_cap"
    await check_ledger(live)


async def _is_decided(stand, account_id):
    return any(kind in IN_USE for kind in await stand.kinds(account_id))


# of one command


async def test_a_command_repeated_at_once_and_after_the_run_slept_changes_nothing(live, new_id):
    live.ledger.paces[new_id] = SLEEPS_AT_ONCE
    await live.active(new_id, COPIES)
    command = live.violation(new_id, "same")
    first, *others = await all_at_once(live, [command] * 12, senders=3)
    assert others == [first] * 11
    await live.until(lambda: live.nothing_is_pending(new_id))
    await fell_asleep(live, new_id)
    before = await live.events(new_id)
    assert await all_at_once(live, [command] * 12, senders=3) == [first] * 12
    assert await live.events(new_id) == before
    # by now neither an open run nor the last one knows of it
    other = await live.goodstanding.accounts.record_violation(live.violation(new_id, "other"))
    assert other.seq > first.seq
    await live.until(lambda: live.nothing_is_pending(new_id))
    await fell_asleep(live, new_id)
    run_id, before = await live.run_id(new_id), await live.events(new_id)
    assert await all_at_once(live, [command] * 12, senders=3) == [first] * 12
    await fell_asleep(live, new_id)
    assert await live.run_id(new_id) != run_id
    assert await live.events(new_id) == before
    sent = [one for one in live.webhook.messages if one.body["account_id"] == new_id]
    of_this = [one for one in sent if one.message_id in first.created]
    assert len(of_this) == 1
    # of a command that was sent: the copy is another one all the same
    other_body = command.model_copy(update={"actor": BIRCH})
    with pytest.raises(ConflictError):
        await live.goodstanding.accounts.send(other_body)


async def test_a_refused_command_repeated_at_once_stays_refused(live, new_id):
    live.ledger.paces[new_id] = SLEEPS_AT_ONCE
    await live.goodstanding.accounts.register(live.register(new_id))
    command = live.violation(new_id, "too-early")
    first, *others = await all_at_once(live, [command] * 12, senders=3)
    assert first.refusal.code == "WrongStageError"
    assert others == [first] * 11
    await live.submit(new_id, live.contact(new_id))
    await live.until(lambda: live.has_happened(new_id, "Activated"))
    await fell_asleep(live, new_id)
    assert await all_at_once(live, [command] * 12, senders=3) == [first] * 12
    assert not await live.has_happened(new_id, "ViolationFound")
