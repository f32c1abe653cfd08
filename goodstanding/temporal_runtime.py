"""The threads of Temporal's SDK, ended before Python ends.

A thread that has just handed an answer over and has not let go of Python when Python ends aborts the whole process
(temporalio/sdk-python#300). The SDK waits for its threads once the last client lets go of their runtime: so that
happens first. The SDK's default runtime is never let go of, so a program that ends by itself has this one.
"""

import atexit
import gc
from functools import cache

from temporalio.runtime import Runtime, TelemetryConfig


@cache
def ending_runtime() -> Runtime:
    """The one runtime of this process whose threads end before Python does, once its clients are out of use."""
    end_with_python()
    return Runtime(telemetry=TelemetryConfig())


@cache
def end_with_python() -> None:
    """See that every runtime but the SDK's default one is let go of in time."""
    atexit.register(_let_go)


def _let_go() -> None:
    ending_runtime.cache_clear()
    # a client holds itself in a circle: counting references alone never frees it
    gc.collect()
