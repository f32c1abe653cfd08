"""Asks the service of this container whether it is well; the exit status is the answer."""

# ruff: noqa: INP001 - a script

import os
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

url = os.environ.get("HEALTH_URL", "http://127.0.0.1:8080/healthz")
try:
    # the service is in this very container, whatever proxy its calls to others go through
    build_opener(ProxyHandler({})).open(url, timeout=4).close()
except (URLError, TimeoutError, ConnectionError) as error:
    sys.exit(f"{url}: {error}")
