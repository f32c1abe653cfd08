"""Who stands in, in `goodstanding up` alone, for third parties that the settings do not name.

The identity provider of the examples believes everybody: with it a first account gets as far as `active` on a
machine that knows nobody. A worker of its own never starts it; there a person decides instead.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

from goodstanding.webhooks import new_secret
from worker.settings import Settings


@asynccontextmanager
async def with_example_parties(settings: Settings) -> AsyncIterator[tuple[Settings, str | None]]:
    """Run the identity provider of the examples, on loopback, where the settings name none.

    Yields settings that name one, and where the example is, if it runs.
    """
    # an image holds no examples, and is loaded without them
    if settings.identity_provider_url or find_spec("examples") is None:
        yield settings, None
        return
    secret = new_secret()
    async with _believing_everybody(secret) as url:
        with NamedTemporaryFile("w", prefix="goodstanding-", encoding="ascii") as secret_file:
            secret_file.write(secret)
            secret_file.flush()
            named = {
                "identity_provider_url": url,
                "identity_provider_secret_file": Path(secret_file.name),
            }
            yield settings.model_copy(update=named), url


@asynccontextmanager
async def _believing_everybody(secret: str) -> AsyncIterator[str]:
    from examples.services.identity_provider import (  # noqa: PLC0415 - see above
        Behaviour,
        IdentityProviderService,
    )
    from examples.services.serving import running  # noqa: PLC0415 - the same

    provider = IdentityProviderService(secret, {}, others=Behaviour(), country=None)
    async with running(provider.app) as url:
        yield url
