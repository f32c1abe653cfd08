import asyncio, collections, time
from datetime import timedelta
from tests.requirements.platform import *
from tests.requirements.test_fairness import proposed_closure
async def test_dbg(platform):
    account, decision_id = await proposed_closure(platform)
    proposal = (await account.record()).the_decision(decision_id).proposal
    await platform.pass_to(proposal.hearing_until)
    await account.happens("HearingEnded")
    await platform.pass_to(proposal.lapses_at)
    await account.happens("ProposalLapsed")
    platform.accounts.clear()
    t = asyncio.create_task(platform.pass_(days=59))
    await asyncio.sleep(6)
    print(await platform.now(), t)
    rec = await account.record()
    ids = ["account/"+account.id] + ["review/"+r.review_id for r in rec.reviews]
    for i in ids:
        h = platform.stand.client.get_workflow_handle(i)
        hist = await h.fetch_history()
        d = await h.describe()
        print("==", i, d.status, len(hist.events))
        for e in hist.events[-14:]:
            print(e.event_id, e.event_time.ToDatetime(), e.event_type, str(e.WhichOneof("attributes")))
    t.cancel()
