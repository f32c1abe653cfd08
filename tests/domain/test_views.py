"""What a reader is shown of a record: nothing is said as an empty word."""

import pytest
from pydantic import ValidationError

from api.showing import Seen, account_view
from goodstanding.messages import Actor, OpenProvider
from goodstanding.views import ReportState, ReportView
from goodstanding.vocabulary import PROVIDER_ACCOUNT, Role
from tests.domain.playing import D0, Life

SYSTEM = Actor(id="worker", role=Role.SYSTEM)


def seen(life: Life):
    return account_view(Seen.at(life.record, life.policies, life.licences, life.now))


def test_the_platforms_own_account_has_no_kind_no_holder_and_no_language():
    life = Life("neutral", account_id=PROVIDER_ACCOUNT)
    life.send(OpenProvider, SYSTEM, policy_id="neutral")
    view = seen(life)

    assert (view.kind, view.holder_type, view.language) == (None, None, None)


def test_every_other_account_has_all_three():
    view = seen(Life("neutral").active("standard", language="en"))

    assert (view.kind, view.holder_type, view.language) == ("standard", "person", "en")


def test_a_report_is_open_or_answered_and_nothing_else():
    told = {"number": "a.r", "as_of": D0, "item": "i", "outcome": None}
    told |= {"filed_at": D0, "answered_at": None}

    assert ReportView(**told, state="open").state is ReportState.OPEN
    with pytest.raises(ValidationError):
        ReportView(**told, state="half")
