"""What the service answers that no client of the library reads; the rest is in `goodstanding.views`."""

from datetime import datetime

from goodstanding.views import View


class CallbackView(View):
    """The call-back was taken in; a repeat is answered alike."""

    effect_id: str


class HealthView(View):
    """The service answers, and so does its database."""

    healthy: bool
    as_of: datetime


class ErrorView(View):
    """What a code means."""

    code: str
    meaning: str
    status: int
    remedy: str
