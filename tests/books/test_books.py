"""The book of a round, as programs that keep books and banks read it.

The book is sealed here once more, from the description alone, so that two programs agree on what a seal is. The binary comes by
SEEDCORN_TEST_BINARY.
"""

import csv
import hashlib
import io
import json
import os
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
import sepaxml
from beancount import loader
from beancount.core import data

BINARY = os.environ["SEEDCORN_TEST_BINARY"]
DAY = 86_400_000_000
# What the accounts of the round hold in the end, in cents; what is owed is negative, as books have it.
ENDS = {
    "bank": 60_000,
    "pledged/ada": 40_000,
    "escrow/doi:10.1/x": -39_999,
    "payable/zoë": -60_001,
}


def transfer(debit: str, credit: str, amount: int) -> dict:
    return {"debit": debit, "credit": credit, "amount": amount}


def entries() -> list[dict]:
    """Promised, received in part, shared, voided, shared again, posted, claimed."""
    acts = [
        ("pledge/1", 1, {"transfer": [transfer("pledged/ada", "pool", 100_000)]}),
        ("receipt/1", 2, {"transfer": [transfer("bank", "pledged/ada", 60_000)]}),
        ("tally/1", 3, {"pend": [transfer("pool", "escrow/models/zoë/one", 100_000)]}),
        ("void/1", 4, {"void": "tally/1"}),
        (
            "tally/2",
            4,
            {"pend": [transfer("pool", "escrow/models/zoë/one", 60_001), transfer("pool", "escrow/doi:10.1/x", 39_999)]},
        ),
        ("post/2", 18, {"post": "tally/2"}),
        ("claim/1", 19, {"transfer": [transfer("escrow/models/zoë/one", "payable/zoë", 60_001)]}),
    ]
    return [
        {"id": name, "at": (20_000 + day) * DAY, "memo": f"What {name} is, für Zoë", "act": act}
        for name, day, act in acts
    ]


def sealed(all_entries: list[dict]) -> list[dict]:
    lines, seal = [], "seedcorn book v1 EUR 2"
    for entry in all_entries:
        text = json.dumps(entry, separators=(",", ":"), ensure_ascii=False)
        seal = hashlib.sha256((seal + text).encode()).hexdigest()
        lines.append({"entry": entry, "seal": seal})
    return lines


def write(path: Path, lines: list[dict]) -> Path:
    book = {"format": "seedcorn book v1", "currency": ["EUR", 2], "lines": lines}
    path.write_text(json.dumps(book, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write(tmp_path / "book.json", sealed(entries()))


def fund(*words: object) -> subprocess.CompletedProcess:
    command = [BINARY, "fund", "book", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)


def exported(book: Path, form: str, *more: object) -> str:
    done = fund(book, "--format", form, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_programs_agree_on_the_seals(book: Path) -> None:
    told = json.loads(exported(book, "json"))
    assert told["seal"] == sealed(entries())[-1]["seal"]
    holds = {one["account"]: one["posted"] for one in told["accounts"] if one["posted"]}
    assert holds == {name: abs(amount) for name, amount in ENDS.items()}


@pytest.mark.parametrize("what", ["memo", "order", "missing", "amount"])
def test_a_book_that_was_changed_is_none(tmp_path: Path, what: str) -> None:
    lines = sealed(entries())
    match what:
        case "memo":
            lines[2]["entry"]["memo"] = "Something else"
        case "order":
            lines[0], lines[1] = lines[1], lines[0]
        case "missing":
            del lines[3]
        case "amount":
            lines[-1]["entry"]["act"]["transfer"][0]["amount"] += 1
    done = fund(write(tmp_path / "book.json", lines))
    assert done.returncode == 2, done.stdout
    assert "is not what was sealed" in done.stderr


def test_hledger(book: Path, tmp_path: Path) -> None:
    journal = tmp_path / "round.journal"
    journal.write_text(exported(book, "hledger"), encoding="utf-8")
    variables = os.environ | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

    def hledger(*words: str) -> str:
        command = ["hledger", "-f", str(journal), *words]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=variables, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    hledger("check", "--strict")
    rows = csv.DictReader(io.StringIO(hledger("balance", "--flat", "--no-total", "-O", "csv")))
    found = {row["account"].split(":", 1)[1]: row["balance"] for row in rows}
    expected = {
        name.replace(":", "%3A").replace("/", ":", 1): f"{Decimal(amount) / 100:.2f} EUR"
        for name, amount in ENDS.items()
    }
    assert found == expected


def test_beancount(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "round.beancount"
    path.write_text(exported(book, "beancount"), encoding="utf-8")
    checker = Path(os.sys.executable).with_name("bean-check")
    done = subprocess.run([checker, path], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    read, errors, _ = loader.load_file(str(path))
    assert not errors
    names = {one.account: one.meta.get("name") for one in read if isinstance(one, data.Open)}
    held: dict[str, Decimal] = {}
    for one in data.filter_txns(read):
        for posting in one.postings:
            held[posting.account] = held.get(posting.account, Decimal(0)) + posting.units.number

    def spelled(account: str) -> str:
        word = account.split(":")[1].lower()
        return f"{word}/{names[account]}" if names[account] else word

    assert {spelled(name): int(amount * 100) for name, amount in held.items() if amount} == ENDS


def test_csv(book: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(book, "csv"))))
    assert [row["act"] for row in rows] == ["transfer", "transfer", "pend", "void", "pend", "pend", "post", "transfer"]
    assert rows[2]["state"] == "voided" and rows[4]["state"] == "posted"
    assert rows[-1]["memo"] == "What claim/1 is, für Zoë"
    assert rows[-1]["seal"] == sealed(entries())[-1]["seal"]


def test_banks(book: Path, tmp_path: Path) -> None:
    payees = tmp_path / "payees.csv"
    payees.write_text("payee,name,iban\nzoë,Zoë <& Co>,GB82 WEST 1234 5698 7654 32\n", encoding="utf-8")
    words = ["--payees", payees, "--payer", "Commons & Fund", "--iban", "DE89370400440532013000"]
    words += ["--message", "round-1", "--day", "2026-02-01"]
    file = tmp_path / "payments.xml"
    file.write_text(exported(book, "pain001", *words), encoding="utf-8")
    schema = next(Path(sepaxml.__file__).parent.rglob("pain.001.001.09.xsd"))
    done = subprocess.run(["xmllint", "--noout", "--schema", schema, file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    text = file.read_text(encoding="utf-8")
    assert "<CtrlSum>600.01</CtrlSum>" in text and "Zoë &lt;&amp; Co&gt;" in text
    refused = fund(book, "--format", "pain001")
    assert refused.returncode == 2 and "--payees" in refused.stderr
