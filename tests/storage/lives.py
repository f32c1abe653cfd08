"""Lives that touch every read model, for what is asked of the record as a whole."""

from datetime import timedelta

from goodstanding.messages import AcknowledgeNotice, FileAppeal, FileReport, VoidStrike
from goodstanding.vocabulary import ReviewKind, Verdict
from tests.storage.ledgers import ASH, BIRCH, CEDAR, HOLDER, Ledger


async def full_life(ledger: Ledger) -> None:
    """Badge, reports, decisions, an appeal that overturns, a strike that was void, expiries."""
    await ledger.badged()
    for n, item in enumerate(("item-x", "item-y", "item-x")):
        await ledger.send(
            FileReport,
            BIRCH,
            report_id=f"report-{n}",
            ground="unlawful",
            item=item,
            statement="Look at this.",
        )
    case_x, case_y = (await ledger.record()).open_reviews(ReviewKind.CASE)
    await ledger.vote(case_y.review_id, Verdict.NO_VIOLATION, ASH)
    finding = ledger.finding(7, rule="source_not_named", item="item-x")
    told = await ledger.vote(case_x.review_id, Verdict.VIOLATION, ASH, finding=finding)
    await ledger.send(AcknowledgeNotice, HOLDER, notice_id=told.answer.created[-1])
    ledger.now += timedelta(days=3)
    harsh = await ledger.tell(ledger.violation(8, rule="fraud_offer"))
    await ledger.send(
        FileAppeal,
        HOLDER,
        appeal_id="appeal-1",
        decision_id=harsh.answer.created[0],
        statement="It was not so.",
    )
    (appeal,) = (await ledger.record()).open_reviews(ReviewKind.APPEAL)
    await ledger.vote(appeal.review_id, Verdict.OVERTURNED, CEDAR)
    ledger.now += timedelta(days=3)
    await ledger.tell(ledger.violation(9))
    strike = (await ledger.record()).strikes[-1]
    await ledger.send(VoidStrike, BIRCH, strike_id=strike.strike_id, reasons="Counted twice.")
    await ledger.deliver()
    await ledger.pass_time(ledger.now + timedelta(days=120))
    await ledger.deliver()
