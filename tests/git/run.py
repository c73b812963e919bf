"""Real git and git-lfs against the hub: `run.py --work DIR`.

The binary comes by SEEDCORN_TEST_BINARY, the stores by SEEDCORN_TEST_S3_SERVER and SEEDCORN_TEST_POSTGRES. The last line printed is `N passed, M failed`.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import outside  # noqa: E402

if __name__ == "__main__":
    sys.exit(outside.run(HERE, __doc__))
