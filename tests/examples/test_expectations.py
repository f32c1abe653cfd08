"""Whatever a script says and the engine does not, or the other way round, becomes a sentence."""

import pytest

from examples.demo.happenings import Awaited
from examples.demo.moments import Moment
from examples.demo.script import Asked, Checked, Refused, Required, Script, Sent
from tests.examples.playing import played, scripts


def _cast(account: str) -> Script:
    (found,) = (script for script in scripts("ten-articles") if script.account == account)
    return found


async def _differences(script: Script) -> list[str]:
    return (await played([script])).differences


def _with_step(script: Script, place: int, **changes: object) -> Script:
    steps = list(script.steps)
    steps[place] = steps[place].model_copy(update=changes)
    return script.model_copy(update={"steps": tuple(steps)})


def _place(script: Script, command_id: str) -> int:
    return next(i for i, s in enumerate(script.steps) if isinstance(s, Sent) and s.id == command_id)


async def test_a_script_that_fits_has_no_differences() -> None:
    assert await _differences(_cast("a03")) == []


async def test_what_did_not_happen_is_told() -> None:
    script = _cast("a03")
    place = _place(script, "find-v301")
    then = (*script.steps[place].then, Awaited("name_released", {}))

    assert await _differences(_with_step(script, place, then=then)) == [
        "a03, d45 record_violation: did not happen: name_released"
    ]


async def test_what_the_script_does_not_say_is_told() -> None:
    script = _cast("a03")
    place = _place(script, "find-v301")
    then = script.steps[place].then[:-1]

    assert await _differences(_with_step(script, place, then=then)) == [
        "a03, d45 record_violation: not in the script: mark: none"
    ]


async def test_what_comes_after_the_last_step_is_told() -> None:
    script = _cast("a10")
    shorter = script.model_copy(update={"steps": script.steps[:-1]})

    assert await _differences(shorter) == [
        "a10, d110: not in the script: identity erased",
    ]


async def test_another_value_is_told() -> None:
    script = _cast("a03")
    place = _place(script, "find-v301")
    then = list(script.steps[place].then)
    i = next(i for i, one in enumerate(then) if one.what == "penalty")
    then[i] = Awaited("penalty", {**then[i].fields, "until": Moment(59)})

    assert await _differences(_with_step(script, place, then=tuple(then))) == [
        "a03, d45 record_violation: penalty: until is d52, not d59"
    ]


async def test_another_instant_is_told() -> None:
    script = _cast("a10")

    changed = _with_step(script, 1, clock=Moment(81))

    assert "a10, d81: happened at d80: stage: declined" in await _differences(changed)


async def test_refusals_are_compared_both_ways() -> None:
    script = _cast("a09")
    wrong = Refused(code="ConflictError", field="agreement")

    code, field = await _differences(_with_step(script, 0, refused=wrong))
    assert code == "a09, d2 register: refused with AgreementMissingError, not with ConflictError"
    assert field.endswith("names the field agreement.pledges.truthfulness, not agreement")
    (line,) = await _differences(_with_step(script, 0, refused=None))
    assert line.startswith("a09, d2 register: refused with AgreementMissingError (")
    assert "a03, d45 record_violation: carried out, and should be refused with ConflictError" in (
        await _differences(
            _with_step(_cast("a03"), _place(_cast("a03"), "find-v301"), refused=wrong)
        )
    )


@pytest.mark.parametrize(
    ("denied", "check", "said"),
    [
        (
            None,
            "publish_political_news",
            "is denied with NEWS_NOT_PERMITTED, and should be allowed",
        ),
        ("NOT_GRANTED", "publish_political_news", "is denied with NEWS_NOT_PERMITTED, not with"),
        ("NOT_GRANTED", "publish", "is allowed, and should be denied with NOT_GRANTED"),
    ],
)
async def test_checks_are_compared(denied: str | None, check: str, said: str) -> None:
    script = _cast("a03")
    place = next(i for i, step in enumerate(script.steps) if isinstance(step, Checked))

    (line,) = await _differences(_with_step(script, place, denied=denied, check=check))

    assert said in line


async def test_requirements_are_compared() -> None:
    script = _cast("a02")
    place = next(i for i, step in enumerate(script.steps) if step.requires)
    wrong = (Required(code="qualification.renew", due=Moment(99)), Required(code="hearing.answer"))

    assert await _differences(_with_step(script, place, requires=wrong)) == [
        "a02, d70 16:00: qualification.renew is due d100 16:00, not as the script says",
        "a02, d70 16:00: nothing requires hearing.answer",
    ]


async def test_the_end_is_compared() -> None:
    script = _cast("a18")
    end = script.end.model_copy(
        update={
            "stage": None,
            "standing": "warned",
            "mark": "reprint",
            "asked": Asked(provider=2, authority=1),
        }
    )

    assert await _differences(script.model_copy(update={"end": end})) == [
        "a18, end: the stage is active, not None",
        "a18, end: the standing is good, not warned",
        "a18, end: the mark is none, not reprint",
        "a18, end: the provider was asked 1 times, not 2",
        "a18, end: the authority was asked 3 times, not 1",
    ]


async def test_words_of_a_notice_are_looked_for() -> None:
    script = _cast("a08")
    place = _place(script, "identity-3")
    then = (
        *script.steps[place].then[:-1],
        Awaited("notice", {"kind": "registration_declined", "says": "谢谢"}),
    )

    assert await _differences(_with_step(script, place, then=then)) == [
        "a08, d4 submit_identity: the notice registration_declined does not say 谢谢"
    ]
