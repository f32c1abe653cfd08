"""The measure of all ratios: what Temporal itself takes for an update that does nothing."""

from datetime import timedelta

from temporalio import activity, workflow

BARE_QUEUE = "bare"
BARE_WORKFLOW = "Bare"

_SHORT = timedelta(seconds=5)


@activity.defn
async def nothing() -> None:
    """Do nothing."""


@workflow.defn(name=BARE_WORKFLOW)
class BareWorkflow:
    """Stays open and takes updates; it knows nothing of accounts."""

    def __init__(self) -> None:
        self._ended = False

    @workflow.run
    async def run(self) -> None:
        """Stay until told to end."""
        await workflow.wait_condition(lambda: self._ended)

    @workflow.update
    async def touch(self, word: str) -> str:
        """One update with one local activity that does nothing."""
        await workflow.execute_local_activity(nothing, start_to_close_timeout=_SHORT)
        return word

    @workflow.signal
    def end(self) -> None:
        """Let the run complete."""
        self._ended = True
