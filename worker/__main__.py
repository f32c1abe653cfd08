"""`python -m worker`: a worker process, as `goodstanding worker` runs it."""

import sys

from goodstanding.errors import GoodstandingError
from worker.complaints import complain
from worker.process import run_process, run_worker
from worker.settings import load_settings


def main() -> int:
    """Run until told to stop; the exit status: 0 stopped in good order, 1 refused."""
    try:
        run_process(run_worker, load_settings())
    except GoodstandingError as error:
        complain(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
