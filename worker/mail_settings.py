"""What can be set about letters by e-mail: the mail server, the sender, and who knows the addresses."""

from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

_HIGHEST_PORT = 65_535


def _sender(text: str) -> str:
    address = parseaddr(text)[1]
    local, _, domain = address.rpartition("@")
    if not (local and domain and text.isprintable() and address.isascii()):
        raise PydanticCustomError("sender", "this is not an e-mail address")
    return text


def _web(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise PydanticCustomError("web", "this is not the URL of a service")
    return text.rstrip("/")


class MailSettings(BaseSettings):
    """Without a host no letter goes by e-mail: what a policy sends so fails, and shows."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    smtp_host: str | None = Field(None, examples=["mail.platform.example"])
    """The mail server to which letters are handed in, for policies with the channel `email`."""
    smtp_port: int = Field(587, ge=1, le=_HIGHEST_PORT, examples=["587", "465 with tls"])
    """Its port."""
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", examples=["starttls", "tls", "none"]
    )
    """How the connection is encrypted: before anything is said, from the first byte, or not at all."""
    smtp_ca_file: Path | None = Field(None, examples=["/etc/ssl/mail-ca.pem"])
    """Whose certificate the mail server has; unset: one that the system believes."""
    smtp_user: str | None = Field(None, examples=["goodstanding"])
    """As whom the worker signs in there; unset: it does not."""
    smtp_password_file: Path | None = Field(None, examples=["/run/secrets/smtp"])
    """A file that holds the password for `smtp_user`."""
    mail_from: Annotated[str, AfterValidator(_sender)] | None = Field(
        None, examples=["Platform <notices@platform.example>"]
    )
    """From whom letters are."""
    mail_address_url: Annotated[str, AfterValidator(_web)] | None = Field(
        None, examples=["https://platform.example/addresses"]
    )
    """Where the platform is asked for the address of a holder, each time a letter goes out; the record holds none."""
    mail_address_secret_file: Path | None = Field(None, examples=["/run/secrets/addresses"])
    """The secret that signs what is asked there."""


MAIL_TOGETHER = {
    "smtp_host": "mail_from",
    "mail_from": "mail_address_url",
    "mail_address_url": "mail_address_secret_file",
    "mail_address_secret_file": "smtp_host",
    "smtp_user": "smtp_password_file",
}
"""What is of no use without the other."""
