"""How long credit takes over millions of derivations, beside what others count over the same ones in the same run."""

import json
import subprocess
from pathlib import Path

import environments
from environments import Environment
from setting import HERE, Setting

TABLE = "Credit"
PEERS = "bench-graphs"
# graph-mate is the Rust crate `graph` for Python.
environments.ENVIRONMENTS[PEERS] = Environment(["numpy==2.3.5", "scipy==1.16.3", "graph-mate==0.2.0"])
SIZES = [(20, 10_000_000, 0.1), (22, 35_000_000, 1.0)]
CHANGE_SECONDS_MAX = 0.001

PAGERANK = """
import json, sys, time
import numpy as np, scipy.sparse as sp
pairs = np.fromfile(sys.argv[1], dtype="<u4").reshape(-1, 2)
nodes = 1 << int(sys.argv[2])
out = np.bincount(pairs[:, 0], minlength=nodes)
weights = (0.85 / out[pairs[:, 0]]).astype(np.float32)
step = sp.csr_matrix((weights, (pairs[:, 1], pairs[:, 0])), shape=(nodes, nodes))
rank = np.full(nodes, 1 / nodes, dtype=np.float32)
begin = time.perf_counter()
for _ in range(10):
    rank = step @ rank + np.float32(0.15 / nodes)
told = {"scipy": (time.perf_counter() - begin) / 10}
import graph_mate
graph = graph_mate.DiGraph.from_numpy(pairs)
begin = time.perf_counter()
found = graph.page_rank(max_iterations=10, tolerance=0.0)
told["graph"] = (time.perf_counter() - begin) / max(found.ran_iterations, 1)
print(json.dumps(told))
"""


def measure(setting: Setting) -> None:
    """Each size: the whole flow, one change, and a round of PageRank by others."""
    environments.make(setting.work, [PEERS])
    root = setting.fresh("credit")
    for bits, edges, most in SIZES[:1] if setting.quick else SIZES:
        pairs = root / "edges.bin"
        command = ["cargo", "run", "--release", "-q", "-p", "seedcorn-core", "--example", "flow", "--"]
        done = subprocess.run(
            [*command, str(bits), str(edges), pairs], check=True, capture_output=True, cwd=HERE.parent
        )
        ours = json.loads(done.stdout)
        peers = json.loads(_python(setting, PAGERANK, pairs, bits))
        setting.figures.row(
            TABLE,
            edges=f"{edges:,}",
            all_of_it_ms=ours["flow_seconds"] * 1000,
            a_change_us=ours["change_seconds"] * 1e6,
            one_in_a_hundred_us=ours["slowest_change_seconds"] * 1e6,
            scipy_a_round_ms=peers["scipy"] * 1000,
            graph_a_round_ms=peers["graph"] * 1000,
        )
        setting.figures.limit(f"credit over {edges:,} derivations", ours["flow_seconds"], most, "s")
        setting.figures.limit(f"a change among {edges:,}", ours["change_seconds"], CHANGE_SECONDS_MAX, "s")
        pairs.unlink()


def _python(setting: Setting, program: str, pairs: Path, bits: int) -> str:
    command = [setting.python(PEERS), "-c", program, pairs, str(bits)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
