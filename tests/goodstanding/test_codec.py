import logging
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import RetryPolicy
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from goodstanding.codec import EncryptionCodec, PayloadNotEncryptedError, PayloadTamperedError
from goodstanding.converter import data_converter, is_sealed, plain_data_converter
from goodstanding.keys import KeyMissingError, SymmetricKey

NAME = "欧阳娜娜 Canary-7731"
OLD = SymmetricKey("c1-00000000", b"o" * 32)
NEW = SymmetricKey("c2-00000000", b"n" * 32)


class Greeting(BaseModel):
    name: str


def forms(text):
    """Every form in which a name could lie about."""
    encodings = ("utf-8", "utf-16-le", "utf-16-be")
    plain = [text.encode(encoding) for encoding in encodings]
    escaped = [text.encode("ascii", "backslashreplace"), b"Canary-7731"]
    # base64 of a part depends on where in three bytes it begins
    shifted = [
        b64encode(b"\0" * shift + form)[4:-4] for form in plain + escaped for shift in range(3)
    ]
    return [*plain, *escaped, *shifted]


def shows(text, raw):
    return any(form in raw for form in forms(text))


async def encoded(*keys, value=None):
    (payload,) = await data_converter(keys).encode([value or Greeting(name=NAME)])
    return payload


async def test_a_value_comes_back_as_it_was():
    converter = data_converter([NEW, OLD])
    values = [Greeting(name=NAME), "text", None, b"bytes", [1, 2]]
    payloads = await converter.encode(values)

    hints: list[type] = [Greeting, str, type(None), bytes, list]
    assert await converter.decode(payloads, hints) == values


async def test_no_name_is_found_in_an_encoded_payload():
    raw = (await encoded(NEW)).SerializeToString()

    assert not shows(NAME, raw)
    assert b"json/plain" not in raw


async def test_the_search_would_find_the_name_in_a_plain_payload():
    (plain,) = await plain_data_converter().encode([Greeting(name=NAME)])
    (nested,) = await plain_data_converter().encode([{"blob": b64encode(NAME.encode()).decode()}])

    assert shows(NAME, plain.SerializeToString())
    assert shows(NAME, nested.SerializeToString())


async def test_a_payload_names_its_key_and_never_repeats():
    first, second = await encoded(NEW), await encoded(NEW)

    assert first.metadata["encoding"] == b"binary/encrypted"
    assert first.metadata["encryption-key-id"] == b"c2-00000000"
    assert first.data != second.data


async def test_an_older_key_still_decodes():
    payload = await encoded(OLD)

    assert await data_converter([NEW, OLD]).decode([payload], [Greeting]) == [Greeting(name=NAME)]


async def test_an_unknown_key_is_named_in_the_error():
    with pytest.raises(KeyMissingError, match=r"'c1-00000000'.*c2-00000000"):
        await data_converter([NEW]).decode([await encoded(OLD)])


async def test_another_key_of_the_same_id_is_an_error():
    payload = await encoded(NEW)

    with pytest.raises(PayloadTamperedError):
        await data_converter([SymmetricKey(NEW.key_id, b"x" * 32)]).decode([payload])


@pytest.mark.parametrize("position", [0, 12, -1])
async def test_a_changed_byte_of_a_payload_is_an_error(position):
    payload = await encoded(NEW)
    data = bytearray(payload.data)
    data[position] ^= 1

    with pytest.raises(PayloadTamperedError):
        await EncryptionCodec([NEW]).decode([Payload(metadata=payload.metadata, data=bytes(data))])


@pytest.mark.parametrize("data", [b"", b"short"])
async def test_a_cut_payload_is_an_error(data):
    payload = await encoded(NEW)

    with pytest.raises(PayloadTamperedError):
        await EncryptionCodec([NEW]).decode([Payload(metadata=payload.metadata, data=data)])


async def test_a_payload_whose_key_id_was_swapped_is_an_error():
    payload = await encoded(NEW)
    payload.metadata["encryption-key-id"] = b"c1-00000000"

    with pytest.raises(PayloadTamperedError):
        await EncryptionCodec([NEW, OLD]).decode([payload])


async def test_a_payload_in_the_clear_is_refused():
    plain = await plain_data_converter().encode([Greeting(name=NAME)])

    with pytest.raises(PayloadNotEncryptedError) as caught:
        await data_converter([NEW]).decode(plain)
    assert NAME not in str(caught.value)


async def test_the_codec_server_passes_on_what_is_in_the_clear():
    plain = await plain_data_converter().encode([Greeting(name=NAME)])

    assert await EncryptionCodec([NEW], allow_plaintext=True).decode(plain) == plain


def test_a_codec_without_keys_is_refused():
    with pytest.raises(KeyMissingError):
        EncryptionCodec([])


def test_a_codec_shows_no_key():
    shown = repr(data_converter([NEW]))

    assert "Codec(c2-00000000)" in shown
    assert "nnnn" not in shown


def test_only_a_converter_that_hides_everything_counts_as_sealed():
    sealed = data_converter([NEW])
    lenient = EncryptionCodec([NEW], allow_plaintext=True)

    assert is_sealed(sealed)
    assert not is_sealed(plain_data_converter())
    assert not is_sealed(DataConverter.default)
    assert not is_sealed(replace(plain_data_converter(), payload_codec=EncryptionCodec([NEW])))
    assert not is_sealed(replace(sealed, payload_codec=lenient))


@activity.defn
async def refuse(greeting: Greeting) -> None:
    raise ApplicationError(f"No place for {greeting.name}.", greeting, type="NoPlaceError")


@workflow.defn(name="Greet")
class GreetWorkflow:
    @workflow.run
    async def run(self, greeting: Greeting) -> None:
        workflow.set_current_details(greeting.name)
        await workflow.sleep(1, summary=greeting.name)
        await workflow.execute_activity(
            refuse,
            greeting,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary=greeting.name,
        )

    @workflow.update
    async def rename(self, greeting: Greeting) -> Greeting:
        return greeting


async def history_of(server, converter, workflow_id):
    """Run a workflow that says the name wherever it can, and give back all that is stored."""
    client = Client(server.service_client, data_converter=converter)
    worker = Worker(
        client,
        task_queue=workflow_id,
        workflows=[GreetWorkflow],
        activities=[refuse],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        handle = await client.start_workflow(
            GreetWorkflow.run,
            Greeting(name=NAME),
            id=workflow_id,
            task_queue=workflow_id,
            memo={"name": NAME},
            static_summary=NAME,
            static_details=NAME,
        )
        renamed = await handle.execute_update(GreetWorkflow.rename, Greeting(name=NAME))
        assert renamed == Greeting(name=NAME)
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
    cause = caught.value.__cause__ and caught.value.__cause__.__cause__
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.message) == ("NoPlaceError", f"No place for {NAME}.")
    events = (await handle.fetch_history()).events
    described = (await handle.describe()).raw_description
    return b"".join(event.SerializeToString() for event in events) + described.SerializeToString()


async def test_a_history_holds_no_name(dev_server, caplog):
    caplog.set_level(logging.CRITICAL)
    sealed = await history_of(dev_server.client, data_converter([NEW]), "sealed")
    plain = await history_of(dev_server.client, plain_data_converter(), "plain")

    assert not shows(NAME, sealed)
    assert plain.count(NAME.encode()) > 8


@workflow.defn(name="Count")
class CountWorkflow:
    def __init__(self) -> None:
        self.names: list[str] = []

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: len(self.names) == 2)
        return self.names

    @workflow.update
    async def add(self, name: str) -> None:
        self.names.append(name)

    @workflow.signal
    async def push(self, name: str) -> None:
        self.names.append(name)

    @workflow.query
    def has(self, name: str) -> bool:
        return name in self.names


@pytest.mark.parametrize(
    "stranger",
    [plain_data_converter(), data_converter([SymmetricKey("c9-00000000", b"z" * 32)])],
    ids=["in the clear", "unknown key"],
)
async def test_a_sender_without_the_keys_is_refused_and_stops_nobody_else(
    dev_server, caplog, stranger
):
    caplog.set_level(logging.CRITICAL)
    service, name = dev_server.client.service_client, f"count-{id(stranger)}"
    ours = Client(service, data_converter=data_converter([NEW]))
    theirs = Client(service, data_converter=stranger).get_workflow_handle(name)
    async with Worker(
        ours,
        task_queue=name,
        workflows=[CountWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await ours.start_workflow(CountWorkflow.run, id=name, task_queue=name)
        with pytest.raises(WorkflowUpdateFailedError):
            await theirs.execute_update("add", "forged")
        with pytest.raises(WorkflowQueryFailedError):
            await theirs.query("has", "forged")
        await theirs.signal("push", "forged")
        await handle.execute_update(CountWorkflow.add, "one")
        await handle.signal(CountWorkflow.push, "two")

        assert await handle.result() == ["one", "two"]


async def test_the_sender_learns_why_it_was_refused(dev_server, caplog):
    caplog.set_level(logging.CRITICAL)
    service = dev_server.client.service_client
    ours = Client(service, data_converter=data_converter([NEW]))
    newer = Client(service, data_converter=data_converter([OLD, NEW]))
    async with Worker(
        ours,
        task_queue="refused",
        workflows=[CountWorkflow],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        await ours.start_workflow(CountWorkflow.run, id="refused", task_queue="refused")
        with pytest.raises(WorkflowUpdateFailedError) as caught:
            await newer.get_workflow_handle("refused").execute_update("add", "one")
        await ours.get_workflow_handle("refused").terminate()
    cause = caught.value.cause.__cause__
    assert isinstance(cause, ApplicationError)
    assert cause.type == "KeyMissingError"
    assert "c1-00000000" in cause.message


async def test_what_does_not_decode_raises_the_error_that_says_why():
    converter = data_converter([NEW])
    plain = await plain_data_converter().encode([Greeting(name=NAME)])

    with pytest.raises(PayloadNotEncryptedError):
        await converter.decode(plain)
    marked = Payload(metadata={"encoding": b"binary/refused", "code": b"X"}, data=b"forged")
    with pytest.raises(PayloadNotEncryptedError):
        await converter.decode([marked])
