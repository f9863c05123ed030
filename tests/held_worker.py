"""The process of a study's runs, held after the first two: it writes the file ``held`` and waits for a signal."""

import sys
import threading
from pathlib import Path

from referral_sim.dashboard import worker
from referral_sim.experiment import parquet_store

RUNS = 2


class HeldStore(parquet_store.ParquetStore):
    """Keeps two runs, and says so."""

    count = 0

    def add(self, finished):
        super().add(finished)
        self.count += 1
        if self.count == RUNS:
            self.flush()
            Path("held").touch()
            threading.Event().wait()


if __name__ == "__main__":
    parquet_store.ParquetStore = HeldStore
    sys.exit(worker.main())
