"""Files that others made to pass scanners, handed to `seedcorn scan`: `run.py --work DIR`.

The binary comes by SEEDCORN_TEST_BINARY. Nothing of what is scanned is ever loaded. The last line printed is `N passed, M failed`.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import outside  # noqa: E402

if __name__ == "__main__":
    sys.exit(outside.run(HERE, __doc__))
