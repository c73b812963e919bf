"""The table in README.md that says what works: made from the outcomes of a whole run, never by hand."""

from pathlib import Path

BEGIN = "<!-- what works: written by tests/clients/run.py --write -->"
END = "<!-- end of what works -->"

# Kind and environments of a session, and what a reader calls that client.
CLIENTS = [
    ("suite", ("hub-2.4", "hub-2.4-plain"), "the publish-and-pull tests that `huggingface_hub` 2.4.0 ships"),
    ("matrix", ("hub-2.4",), "`huggingface_hub` 2.4: files, folders, snapshots, resumed downloads, file system, `hf`"),
    ("matrix", ("hub-1.20",), "`huggingface_hub` 1.20: the same, and large folders"),
    ("matrix", ("hub-1.19",), "`huggingface_hub` 1.19: the same"),
    ("matrix", ("hub-0.36",), "`huggingface_hub` 0.36: the same"),
    ("libraries", ("libraries",), "`datasets` 5 and `transformers` 5: push, load, stream"),
    ("rust", ("",), "the Rust crate `hf-hub`"),
]
STORES = [("sqlite-disk", "SQLite and a disk"), ("postgres-s3", "Postgres and S3")]


def render(outcomes) -> str:
    """One line a client, one column a way to store and to send: how many tests passed there."""
    columns = [(xet, backend, name) for xet in (True, False) for backend, name in STORES]
    head = ["tests passed by"] + [f"{'Xet' if xet else 'plain HTTP'}, {name}" for xet, _, name in columns]
    lines = [head, ["---"] + ["---:"] * len(columns)]
    for kind, venvs, client in CLIENTS:
        cells = [client]
        for xet, backend, _ in columns:
            found = [
                outcome
                for outcome in outcomes
                if (outcome.session.kind, outcome.session.xet, outcome.session.backend) == (kind, xet, backend)
                and outcome.session.venv in venvs
            ]
            cells.append(str(found[0].passed) if found else "–")
        lines.append(cells)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def parts(readme: Path) -> tuple[str, str, str]:
    """What comes before the table, the table, what comes after it."""
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{readme} has no place for the table: {BEGIN} … {END}")
    return before, table.strip(), after


def write(readme: Path, table: str) -> None:
    """Puts the table in its place."""
    before, _, after = parts(readme)
    readme.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")
