"""What the service answers that no client of the library reads; the rest is in `goodstanding.views`."""

from typing import Literal

from goodstanding.views import View


class CallbackView(View):
    """The call-back was taken in; a repeat is answered alike."""

    effect_id: str


class ServiceView(View):
    """What answers here."""

    service: Literal["goodstanding"] = "goodstanding"
    description: str = "/openapi.json"
    """Where the routes are described for machines; docs/api.md does so for people."""
    ready: str = "/readyz"
    """Where the service says whether it can answer."""


class ErrorView(View):
    """What a code means."""

    code: str
    meaning: str
    status: int
    remedy: str
