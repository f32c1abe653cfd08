"""A platform's first account, from its registration to a penalty. `make up` has to be running."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import goodstanding
from goodstanding import Acceptance, Actor, Finding, Identity, RecordViolation, Register
from goodstanding.vocabulary import Role

TEMPORAL, API = "127.0.0.1:7233", "http://127.0.0.1:8080"
TERMS = "304b691e6d590cdc1ffba6c62a90c47adb492191fe093b248fb91255586b9aaa"


async def main() -> None:
    account_id = f"a-{uuid4().hex}"  # yours, and it means nothing
    holder, reviewer = Actor(id="h-1", role=Role.HOLDER), Actor(id="r-1", role=Role.REVIEWER)
    keys = goodstanding.load_client_keys()  # .goodstanding/keys
    async with await goodstanding.connect(TEMPORAL, API, keys) as platform:
        # no agreement, no account: TERMS is the SHA-256 of the text that the holder was shown
        terms = Acceptance(id="terms", version=1, text_digest=TERMS, pledges={})
        await platform.accounts.register(
            Register(
                account_id=account_id,
                command_id="register",  # sent again under this id, it changes nothing
                actor=holder,
                policy_id="neutral",
                kind="standard",
                holder_type="person",
                display_name="Maple",
                language="en",
                declared_age=30,
                agreement=terms,
            )
        )
        # sealed here, opened by nobody but the one activity that has it verified
        contact = Identity(
            document="contact", number="maple@people.example", name="-", country="NL"
        )
        await platform.accounts.submit_identity(
            contact, account_id=account_id, command_id="contact", actor=holder
        )
        while (account := await platform.accounts.get(account_id)).stage != "active":
            print(account_id, "is", account.stage)
            await asyncio.sleep(0.5)
        may_post = await platform.capabilities.check(account_id, "post")
        print(account_id, "is", account.stage, "- may it post?", may_post.allowed)

        finding = Finding(
            violation_id="v-1",
            acted_at=datetime.now(UTC),
            rule="hate",
            item="item-1",
            facts="The post calls for violence against the people of a village.",
        )
        decided = await platform.accounts.record_violation(
            RecordViolation(
                account_id=account_id, command_id="found-1", actor=reviewer, finding=finding
            )
        )
        may_comment = await platform.capabilities.check(account_id, "comment")
        print("it is", decided.standing, "now - may it comment?", may_comment.allowed)
        print("why not:", may_comment.denial, "until", may_comment.until)

        asked = await platform.accounts.requirements(account_id)
        print("asked of the holder:", [one.code for one in asked.currently_due] or "nothing")
        newest = (await platform.accounts.notices(account_id)).notices[0]
        print(f"told to the holder:\n{newest.text}")


asyncio.run(main())
