"""Handing letters in at a mail server that really listens, and asking where they go."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from activities.mail import Mailer, MailRefusedError, MailUndeliveredError, Posting, Security
from storage.letters import Letter
from tests.mailboxes import PASSWORD, USER, AddressService, Mailboxes, mailboxes, mailer_to

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
LETTER = Letter("关于您账号的处理决定", "您好，River <b>&</b> Hill：\n\nFacts: <script>", "zh")
POSTING = Posting("a1.violation-1.4.mail", AT, LETTER)
ASKED = {"account_id": "a1", "notice_id": "a1.violation-1.4", "kind": "activated", "language": "zh"}


@pytest.fixture
def people() -> AddressService:
    return AddressService()


async def send(mailer: Mailer) -> None:
    await mailer.send(POSTING, ASKED)


async def refused(mailer: Mailer) -> MailUndeliveredError:
    with pytest.raises(MailUndeliveredError) as caught:
        await send(mailer)
    # nothing of the receiver is in what is raised, nor in what it was raised from
    assert "people.example" not in f"{caught.value!r} {caught.value.__cause__!r}"
    return caught.value


async def test_a_letter_arrives_with_both_forms_and_the_id_of_its_effect(people):
    async with mailboxes() as boxes:
        await send(mailer_to(boxes, people))

    (message,) = boxes.letters
    assert message["Message-ID"] == "<a1.violation-1.4.mail@platform.example>"
    assert message["Subject"] == LETTER.title
    assert message["To"] == "a1@people.example"
    assert message["From"] == "Platform <notices@platform.example>"
    assert message["Date"].datetime == AT
    assert (message["Content-Language"], message["Auto-Submitted"]) == ("zh", "auto-generated")
    assert boxes.envelopes == [("notices@platform.example", ["a1@people.example"])]
    plain, page = message.iter_parts()
    assert plain.get_content().splitlines() == [LETTER.title, "", *LETTER.body.splitlines()]
    assert page.get_content_type() == "text/html"
    assert "River &lt;b&gt;&amp;&lt;/b&gt; Hill" in page.get_content()


async def test_a_repeat_has_the_same_id_so_the_receiver_knows_it(people):
    async with mailboxes() as boxes:
        mailer = mailer_to(boxes, people)
        await send(mailer)
        await send(mailer)

    first, second = (one["Message-ID"] for one in boxes.letters)
    assert first == second


async def test_a_name_with_line_breaks_makes_no_header(people):
    title = "About you\r\nBcc: everybody@elsewhere.example"
    async with mailboxes() as boxes:
        posting = Posting("a1.x.1.mail", AT, Letter(title, "Body", "en"))
        await mailer_to(boxes, people).send(posting, ASKED)

    (message,) = boxes.letters
    assert "Bcc" not in message
    assert message["Subject"] == "About you Bcc: everybody@elsewhere.example"


async def test_an_address_with_letters_of_any_script_is_written_to(people):
    people.addresses["a1"] = "无名氏@people.example"
    async with mailboxes() as boxes:
        await send(mailer_to(boxes, people))

    assert boxes.envelopes[0][1] == ["无名氏@people.example"]


@pytest.mark.parametrize(
    ("answer", "code", "is_final"),
    [
        ("550 5.1.1 No such person a1@people.example", "smtp_550", True),
        ("553 5.1.3 Bad address", "smtp_553", True),
        ("451 4.7.1 Greylisted", "smtp_451", False),
        ("421 4.3.2 Closing", "smtp_421", False),
        ("452 4.2.2 Mailbox full", "smtp_452", False),
    ],
)
async def test_what_the_server_says_of_a_receiver_is_for_good_or_for_now(
    people, answer, code, is_final
):
    async with mailboxes() as boxes:
        boxes.always = answer
        failure = await refused(mailer_to(boxes, people))

    assert failure.code == code
    assert isinstance(failure, MailRefusedError) is is_final
    assert boxes.letters == []


@pytest.mark.parametrize(
    ("answer", "is_final"), [("554 5.7.1 Spam", True), ("450 4.3.0 Later", False)]
)
async def test_what_it_says_of_the_letter_counts_likewise(people, answer, is_final):
    async with mailboxes() as boxes:
        boxes.at_data = answer
        failure = await refused(mailer_to(boxes, people))

    assert isinstance(failure, MailRefusedError) is is_final


async def test_a_greylisted_letter_goes_the_second_time(people):
    async with mailboxes() as boxes:
        boxes.greylists = True
        mailer = mailer_to(boxes, people)
        assert (await refused(mailer)).code == "smtp_451"
        await send(mailer)

    assert len(boxes.letters) == 1


async def test_a_server_that_says_nothing_is_not_waited_for_for_ever(people):
    async with mailboxes() as boxes:
        boxes.is_silent = True
        failure = await refused(mailer_to(boxes, people, timeout=timedelta(milliseconds=200)))

    assert failure.code == "smtp_timed_out"
    assert not isinstance(failure, MailRefusedError)


async def test_a_server_that_is_away_is_tried_again(people):
    failure = await refused(mailer_to(Mailboxes(port=9), people))

    assert failure.code == "smtp_unreachable"
    assert not isinstance(failure, MailRefusedError)


@pytest.mark.parametrize(
    ("status", "code", "is_final"),
    [
        *((404, "no_address", True), (410, "no_address", True), (400, "no_address", True)),
        *((503, "address_not_answered", False), (429, "address_not_answered", False)),
        *((401, "address_not_answered", False), (302, "address_not_answered", False)),
    ],
)
async def test_whether_there_is_an_address_is_for_the_platform_to_say(
    people, status, code, is_final
):
    people.status = status
    async with mailboxes() as boxes:
        failure = await refused(mailer_to(boxes, people))

    assert failure.code == code
    assert isinstance(failure, MailRefusedError) is is_final
    assert boxes.greeted == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (None, "no_address"),
        ("nobody", "address_malformed"),
        ("a@people.example, b@people.example", "address_malformed"),
        ("a@people.example\r\nBcc: b@people.example", "address_malformed"),
        (f"{'a' * 320}@people.example", "address_malformed"),
    ],
)
async def test_what_is_no_address_is_not_written_to(people, address, code):
    people.addresses["a1"] = address
    async with mailboxes() as boxes:
        failure = await refused(mailer_to(boxes, people))

    assert (failure.code, type(failure)) == (code, MailRefusedError)
    assert boxes.greeted == []


async def test_the_platform_is_told_who_is_to_be_written_to_under_a_signature(people):
    async with mailboxes() as boxes:
        await send(mailer_to(boxes, people))
        forged = await refused(mailer_to(boxes, people, secret=AddressService().secret))

    assert people.asked == [ASKED]
    assert forged.code == "address_not_answered"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side and a client's side that believes it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return (
        server,
        ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode()),
    )


async def test_a_letter_goes_encrypted_and_signed_in(people, certificate):
    server, believed = certificate
    own = {"security": Security.STARTTLS, "tls": believed, "user": USER, "password": PASSWORD}
    async with mailboxes(server, signs_in=True, starttls=True) as boxes:
        await send(mailer_to(boxes, people, **own))

    assert len(boxes.letters) == 1


async def test_a_letter_goes_encrypted_from_the_first_byte_on(people, certificate):
    server, believed = certificate
    async with mailboxes(server) as boxes:
        await send(mailer_to(boxes, people, security=Security.TLS, tls=believed))

    assert len(boxes.letters) == 1


async def test_a_wrong_password_is_mended_by_us_not_by_the_holder(people, certificate):
    server, believed = certificate
    async with mailboxes(server, signs_in=True, starttls=True) as boxes:
        wrong = {"security": Security.STARTTLS, "tls": believed, "user": USER, "password": "no"}
        failure = await refused(mailer_to(boxes, people, **wrong))

    assert failure.code == "smtp_refused_us"
    assert not isinstance(failure, MailRefusedError)


async def test_nothing_is_said_in_the_clear_to_a_server_that_cannot_encrypt(people):
    async with mailboxes() as boxes:
        failure = await refused(mailer_to(boxes, people, security=Security.STARTTLS))

    assert failure.code == "smtp_refused_us"
    assert not boxes.tries


async def test_a_server_with_a_certificate_that_nobody_believes_gets_no_letter(people, certificate):
    server, _ = certificate
    async with mailboxes(server) as boxes:
        failure = await refused(mailer_to(boxes, people, security=Security.TLS))

    assert failure.code in {"smtp_unreachable", "smtp_refused_us"}
    assert boxes.letters == []
