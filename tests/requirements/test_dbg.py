import asyncio, collections, time
from tests.requirements.test_penalties import of_kind
async def test_dbg(platform):
    t=time.monotonic()
    for _ in range(4):
        a = await of_kind(platform, "other")
        await a.violate("threat_to_life")
    print("t", time.monotonic()-t, await platform.now(), len(platform.stand.ledger.asked))
    await asyncio.sleep(3)
    print("t", time.monotonic()-t, await platform.now(), len(platform.stand.ledger.asked))
    print(collections.Counter(x.command.name for x in platform.stand.ledger.asked))
    for x in platform.stand.ledger.asked[-10:]: print(x.command.name, x.command.account_id, x.now)
    platform.stand.ledger.asked.clear()
    global L; L = platform.stand.ledger
import atexit
def done():
    print("AT EXIT", collections.Counter((x.command.name, x.command.account_id) for x in L.asked))
    for x in L.asked[:10]: print(x.command.name, x.command.account_id, x.now)
    for x in L.asked[-10:]: print(x.command.name, x.command.account_id, x.now)
atexit.register(done)
