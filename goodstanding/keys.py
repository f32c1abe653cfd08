"""The keys of a deployment: a directory of small files, one key each, the highest number in use.

| file | holds | who needs it |
|---|---|---|
| `sealing-N.key` | X25519 key that opens identities | the vault |
| `sealing-N.pub` | its public half, that identities are sealed to | every client |
| `codec-N.key` | AES-256 key of Temporal payloads | every client, worker, codec server |
| `master-N.key` | AES-256 key that wraps the accounts' keys | the vault, unless a KMS does it |
| `pepper-N.key` | HMAC key of the fingerprints | the vault |

A key's id is its letter, its number and a check value of the key itself (`c1-5f0b93aa`), so that
two deployments never take each other's keys for their own. Older keys stay, to open what they
closed.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Protocol, Self

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import StringConstraints

from goodstanding._aead import KEY_BYTES, TamperedError, decrypt, encrypt
from goodstanding.errors import ConfigurationError
from goodstanding.messages import Message

DEFAULT_DIRECTORY = Path(".goodstanding/keys")
MASTER_KEY_VARIABLE = "GOODSTANDING_MASTER_KEY"

_CHECK_BYTES = 4


class KeyMissingError(ConfigurationError):
    """A key that is needed is not there."""

    remedy = (
        "Run `goodstanding keys init`, or copy the keys of this deployment from where they are."
    )


class KeyMalformedError(ConfigurationError):
    """A key file, or variable, does not hold a key."""

    remedy = "Restore it from where the key is kept; a key is 32 bytes in base64."


class KeyExposedError(ConfigurationError):
    """Anybody on the machine may read a secret key."""

    remedy = "Take the right to read it from others: `chmod o= FILE`."


class KeyConflictError(ConfigurationError):
    """Another key stands where this one should go; keys are never overwritten."""

    remedy = "Choose an empty directory."


class Kind(StrEnum):
    """What a key is for."""

    SEALING = "sealing"
    CODEC = "codec"
    MASTER = "master"
    PEPPER = "pepper"


class SealingKey(Message):
    """The public half of a sealing key; it can be published."""

    key_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    public_key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
    """X25519, in base64."""


@dataclass(frozen=True)
class SymmetricKey:
    """A secret of 32 bytes and the id under which it is known."""

    key_id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse another length, with which encryption would be weaker or impossible."""
        if len(self.secret) != KEY_BYTES:
            raise KeyMalformedError(f"The key {self.key_id} is not {KEY_BYTES} bytes long.")


@dataclass(frozen=True)
class OpeningKey:
    """The private half of a sealing key."""

    key_id: str
    secret: bytes = field(repr=False)

    @cached_property
    def private_key(self) -> X25519PrivateKey:
        """The key as the library wants it."""
        return X25519PrivateKey.from_private_bytes(self.secret)

    @property
    def public(self) -> SealingKey:
        """What a client needs to seal to this key."""
        return SealingKey(key_id=self.key_id, public_key=_public_text(self.secret))


class KeyWrapper(Protocol):
    """Whoever holds the master key: this process, or a KMS that never gives it away."""

    async def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        """Encrypt a data key so that only the same `aad` opens it."""
        ...

    async def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Give the data key back; raise `TamperedError` where key or `aad` do not fit."""
        ...


class MasterKeyWrapper:
    """Wraps with the newest of the master keys that it got, and unwraps with any of them."""

    def __init__(self, secrets_newest_first: Sequence[bytes]) -> None:
        if not secrets_newest_first:
            raise KeyMissingError("There is no master key.")
        checked = [SymmetricKey("master", secret).secret for secret in secrets_newest_first]
        self._newest = _check_value(checked[0])
        self._secrets = {_check_value(secret): secret for secret in checked}

    @classmethod
    def from_directory(cls, directory: Path = DEFAULT_DIRECTORY) -> Self:
        """Take the master keys from their files."""
        return cls([key.secret for key in _symmetric(directory, Kind.MASTER)])

    @classmethod
    def from_environment(
        cls, name: str = MASTER_KEY_VARIABLE, environment: Mapping[str, str] = os.environ
    ) -> Self:
        """Take the master keys from a variable: base64, newest first, separated by commas."""
        value = environment.get(name, "")
        if not value.strip():
            raise KeyMissingError(f"The variable {name} is not set.", name)
        return cls([_decoded(part, f"the variable {name}") for part in value.split(",")])

    async def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        """Encrypt under the newest key; its check value goes in front."""
        return self._newest + encrypt(self._secrets[self._newest], data_key, self._newest + aad)

    async def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Decrypt with the key that wrapped it."""
        check = wrapped[:_CHECK_BYTES]
        if len(check) < _CHECK_BYTES:
            raise TamperedError("This is no wrapped key.")
        secret = self._secrets.get(check)
        if secret is None:
            raise KeyMissingError(
                f"The master key with the check value {check.hex()} is not there."
            )
        return decrypt(secret, wrapped[_CHECK_BYTES:], check + aad)

    def __repr__(self) -> str:
        """Name the newest key, never show one."""
        return f"{type(self).__name__}({self._newest.hex()})"


@dataclass(frozen=True)
class ClientKeys:
    """What a platform's client needs: it can seal and talk, never open."""

    codec: tuple[SymmetricKey, ...]
    """Newest first."""
    sealing_key: SealingKey


@dataclass(frozen=True)
class Keys:
    """Everything that the service holds; each tuple newest first, and never empty."""

    sealing: tuple[OpeningKey, ...]
    codec: tuple[SymmetricKey, ...]
    peppers: tuple[SymmetricKey, ...]
    # a KMS client may print its own credentials
    wrapper: KeyWrapper = field(repr=False)

    @property
    def sealing_key(self) -> SealingKey:
        """The public key to seal to now."""
        return self.sealing[0].public

    @property
    def pepper(self) -> SymmetricKey:
        """The pepper of new fingerprints."""
        return self.peppers[0]

    @property
    def client(self) -> ClientKeys:
        """The part of it that a client gets."""
        return ClientKeys(codec=self.codec, sealing_key=self.sealing_key)


def init_keys(directory: Path = DEFAULT_DIRECTORY, *, kinds: Iterable[Kind] = tuple(Kind)) -> None:
    """Make the keys that are missing; whatever is there stays, also when two do this at once."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for kind in kinds:
        if not _numbers(directory, kind):
            _place(_key_file(directory, kind, 1), _text(secrets.token_bytes(KEY_BYTES)))
    _publish(directory)


def add_key(directory: Path, kind: Kind) -> str:
    """Add a newer key and give its id; older ones stay until somebody destroys them.

    A new codec key has to reach every client and worker before any of them is started again.
    """
    number = max(_numbers(directory, kind), default=0) + 1
    secret = secrets.token_bytes(KEY_BYTES)
    if not _place(_key_file(directory, kind, number), _text(secret)):
        raise KeyConflictError(f"Somebody else has just added {kind} key {number}.")
    _publish(directory)
    return _key_id(kind, number, _public(secret) if kind is Kind.SEALING else secret)


def load_keys(directory: Path = DEFAULT_DIRECTORY, *, wrapper: KeyWrapper | None = None) -> Keys:
    """Read all keys; with a `wrapper` of your own the directory needs no master key."""
    return Keys(
        sealing=_opening(directory),
        codec=_symmetric(directory, Kind.CODEC),
        peppers=_symmetric(directory, Kind.PEPPER),
        wrapper=wrapper or MasterKeyWrapper.from_directory(directory),
    )


def load_client_keys(directory: Path = DEFAULT_DIRECTORY) -> ClientKeys:
    """Read codec keys and the public sealing key; nothing else has to be there, or is read."""
    codec = _symmetric(directory, Kind.CODEC)
    numbers = _numbers(directory, Kind.SEALING, "pub")
    if not numbers:
        raise KeyMissingError(f"{directory} holds no sealing-N.pub.")
    path = directory / f"{Kind.SEALING}-{numbers[0]}.pub"
    public = _decoded(path.read_text("ascii", "replace"), str(path))
    key_id = _key_id(Kind.SEALING, numbers[0], public)
    return ClientKeys(codec=codec, sealing_key=SealingKey(key_id=key_id, public_key=_text(public)))


def export_client_keys(directory: Path, target: Path) -> None:
    """Copy into `target` what a client needs, and nothing more; repeating it brings newer keys."""
    load_client_keys(directory)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for pattern in (f"{Kind.CODEC}-*.key", f"{Kind.SEALING}-*.pub"):
        for path in sorted(directory.glob(pattern)):
            text, copy = path.read_text("ascii"), target / path.name
            if not _place(copy, text) and copy.read_text("ascii") != text:
                raise KeyConflictError(f"{copy} holds another key than {path}.")


def _opening(directory: Path) -> tuple[OpeningKey, ...]:
    return tuple(
        OpeningKey(_key_id(Kind.SEALING, number, _public(secret)), secret)
        for number, secret in _stored(directory, Kind.SEALING)
    )


def _symmetric(directory: Path, kind: Kind) -> tuple[SymmetricKey, ...]:
    return tuple(
        SymmetricKey(_key_id(kind, number, secret), secret)
        for number, secret in _stored(directory, kind)
    )


def _stored(directory: Path, kind: Kind) -> list[tuple[int, bytes]]:
    numbers = _numbers(directory, kind)
    if not numbers:
        raise KeyMissingError(f"{directory} holds no {kind} key.")
    return [(number, _secret(_key_file(directory, kind, number))) for number in numbers]


def _numbers(directory: Path, kind: Kind, ending: str = "key") -> list[int]:
    """Which keys of a kind there are, newest first."""
    form = re.compile(rf"{kind}-([1-9]\d{{0,5}})\.{ending}")
    found = (form.fullmatch(path.name) for path in directory.glob(f"{kind}-*.{ending}"))
    return sorted((int(match[1]) for match in found if match), reverse=True)


def _key_file(directory: Path, kind: Kind, number: int) -> Path:
    return directory / f"{kind}-{number}.key"


def _key_id(kind: Kind, number: int, material: bytes) -> str:
    return f"{kind[0]}{number}-{_check_value(material).hex()}"


def _check_value(material: bytes) -> bytes:
    """Tell keys apart without saying anything about them."""
    return hmac.digest(material, b"goodstanding key check", hashlib.sha256)[:_CHECK_BYTES]


def _secret(path: Path) -> bytes:
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            mode, text = os.fstat(file.fileno()).st_mode, file.read()
    except OSError as error:
        raise KeyMissingError(f"{path} cannot be read: {error.strerror}.") from error
    # elsewhere the mode says nothing about who may read
    if os.name == "posix" and mode & stat.S_IRWXO:
        raise KeyExposedError(f"{path} is open to everybody on this machine.")
    return _decoded(text, str(path))


def _decoded(text: str, source: str) -> bytes:
    try:
        material = b64decode(text.strip(), validate=True)
    except ValueError:
        material = b""
    if len(material) != KEY_BYTES:
        # without the text: it may be nearly a key
        raise KeyMalformedError(f"{source} does not hold {KEY_BYTES} bytes in base64.")
    return material


def _text(material: bytes) -> str:
    return b64encode(material).decode()


def _public(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _public_text(secret: bytes) -> str:
    return _text(_public(secret))


def _publish(directory: Path) -> None:
    """Write the public half beside each private one that lacks it."""
    for number in _numbers(directory, Kind.SEALING):
        path = _key_file(directory, Kind.SEALING, number)
        if not path.with_suffix(".pub").exists():
            _place(path.with_suffix(".pub"), _public_text(_secret(path)))


def _place(path: Path, text: str) -> bool:
    """Write a file whole, for its owner only; False, and untouched, where there is one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text.strip() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # a link, unlike a rename, refuses to take the place of another file
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
