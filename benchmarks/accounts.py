"""The accounts that are measured: prepared in the record directly, so that no run of theirs exists yet."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from activities.ledger import LedgerActivities
from goodstanding.messages import (
    Acceptance,
    Actor,
    Answer,
    AnyCommand,
    Finding,
    Internals,
    Licence,
    OpenProvider,
    RecordLicence,
    RecordViolation,
    Register,
    SealedIdentity,
    SettleEffects,
    Settlement,
    SubmitIdentity,
    Transacted,
    Transaction,
    Verified,
)
from goodstanding.policy.book import PolicyBook
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Assurance, Outcome, Role

HOLDER = Actor(id="holder-1", role=Role.HOLDER)
REVIEWER = Actor(id="ash", role=Role.REVIEWER)
SYSTEM = Actor(id="system", role=Role.SYSTEM)
_AT_ONCE = 8
_RESTRICTED_FOR = timedelta(days=7)
_RESTRICTED_BY = 3
"""By the neutral policy: three minor violations restrict for seven days."""


@dataclass(frozen=True)
class Kind:
    """A policy, an account kind under it, and a minor rule: a decision about it warns."""

    policy_id: str
    kind: str
    rule: str
    has_copies: bool
    """A copy of each notice goes to the platform's webhook."""


INBOX = Kind("neutral", "standard", "spam", has_copies=False)
WEBHOOK = Kind("cn-im-2014", "private", "spam_flooding", has_copies=True)


@dataclass(frozen=True)
class Preparation:
    """Brings accounts into the stage active without Temporal."""

    ledger: LedgerActivities
    book: PolicyBook
    now: datetime

    async def provider(self) -> None:
        """The platform's own account, with the licences that the policy asks for."""
        opens = OpenProvider(
            account_id=PROVIDER_ACCOUNT,
            command_id="bootstrap",
            actor=SYSTEM,
            policy_id=WEBHOOK.policy_id,
        )
        await self._run(opens)
        policy = self.book.at(WEBHOOK.policy_id, self.now).policy
        for code in policy.provider.licences:
            licence = Licence(
                number="1",
                authority="authority",
                valid_from=self.now.date() - timedelta(days=100),
                valid_to=self.now.date() + timedelta(days=1000),
            )
            await self._run(
                RecordLicence(
                    account_id=PROVIDER_ACCOUNT,
                    command_id=f"licence-{code}",
                    actor=SYSTEM,
                    code=code,
                    licence=licence,
                )
            )

    async def accounts(self, kind: Kind, ids: list[str]) -> None:
        """Active accounts of a kind."""
        await _some_at_once(partial(self._account, kind, self.now), ids)

    async def restricted(self, ids: list[str], ends_at: datetime) -> None:
        """Active accounts whose one penalty, which restricts, ends at this instant: of so long ago is their past."""
        await _some_at_once(partial(self._restricted, ends_at - _RESTRICTED_FOR), ids)

    async def _restricted(self, at: datetime, account_id: str) -> None:
        await self._account(INBOX, at, account_id)
        for number in range(_RESTRICTED_BY):
            command = violation(INBOX, account_id, number, at)
            await self._run(command, at)

    async def _account(self, kind: Kind, at: datetime, account_id: str) -> None:
        agreement = self.book.at(kind.policy_id, at).policy.agreement
        await self._run(
            Register(
                account_id=account_id,
                command_id="register",
                actor=HOLDER,
                policy_id=kind.policy_id,
                kind=kind.kind,
                holder_type="person",
                display_name=f"Somebody {account_id}",
                language="en",
                agreement=Acceptance(
                    id=agreement.id,
                    version=agreement.version,
                    text_digest=agreement.text_digest,
                    pledges=dict.fromkeys(agreement.pledges, True),
                ),
            ),
            at,
        )
        sealed = SealedIdentity(key_id="none", schema_version=1, ciphertext="AAAA")
        done = await self._run(
            SubmitIdentity(
                account_id=account_id, command_id="identity", actor=HOLDER, sealed=sealed
            ),
            at,
        )
        passed = Verified(outcome=Outcome.PASS, assurance=Assurance.ISSUER)
        settled = [
            Settlement(effect_id=one.effect_id, delivered=True, verified=passed)
            for one in done.agenda.effects
        ]
        command = SettleEffects(account_id=account_id, settlements=tuple(settled))
        await self._settle_all(await self._run(command, at), at)

    async def _settle_all(self, done: Transacted, at: datetime) -> None:
        settled = tuple(
            Settlement(effect_id=one.effect_id, delivered=True) for one in done.agenda.effects
        )
        if settled:
            account_id = done.answer.account_id
            await self._run(SettleEffects(account_id=account_id, settlements=settled), at)

    async def _run(self, command: AnyCommand | Internals, at: datetime | None = None) -> Transacted:
        done = await self.ledger.transact(Transaction.of(command, at or self.now))
        _check(done.answer)
        return done


def violation(kind: Kind, account_id: str, number: int, now: datetime) -> RecordViolation:
    """One full decision: policy, ledger, read models, notice."""
    return RecordViolation(
        account_id=account_id,
        command_id=f"v{number}",
        actor=REVIEWER,
        finding=Finding(
            violation_id=f"v{number}",
            acted_at=now - timedelta(hours=1),
            rule=kind.rule,
            item=f"item-{number}",
            facts="Seen and read by a person: the same text forty times in an hour.",
        ),
    )


async def _some_at_once(make: Callable[[str], Awaitable[None]], ids: Iterable[str]) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(account_id: str) -> None:
        async with gate:
            await make(account_id)

    await asyncio.gather(*(one(account_id) for account_id in ids))


def _check(answer: Answer) -> None:
    if answer.refusal:
        message = f"{answer.account_id}: {answer.refusal.code}: {answer.refusal.message}"
        raise RuntimeError(message)
