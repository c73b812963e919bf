"""What was measured: printed while it comes in, and a Markdown text at the end."""

import datetime
import time
from dataclasses import dataclass, field

_START = time.monotonic()


@dataclass
class _Table:
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)


def shown(value: object) -> str:
    """A figure as people read it: three digits that matter, no more."""
    if not isinstance(value, float):
        return str(value)
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def say(words: str) -> None:
    """Tells whoever waits what is going on."""
    print(f"[{time.monotonic() - _START:7.1f} s] {words}", flush=True)


class Figures:
    """Tables in the order in which they were begun, and the limits that were looked at."""

    def __init__(self, setting: str) -> None:
        self._setting = setting
        self._tables: dict[str, _Table] = {}
        self.over: list[str] = []

    def row(self, table: str, **cells: object) -> None:
        """Adds a row; its names are the columns, `_` standing for a space. Every row of a table has the same ones."""
        columns = tuple(name.replace("_per_", "/").replace("_", " ") for name in cells)
        values = tuple(shown(value) for value in cells.values())
        found = self._tables.setdefault(table, _Table(columns))
        if found.columns != columns:
            raise ValueError(f"{table}: columns {columns} instead of {found.columns}")
        found.rows.append(values)
        say("; ".join(f"{column} {value}" if column else value for column, value in zip(columns, values, strict=True)))

    def limit(self, what: str, measured: float, most: float, unit: str) -> None:
        """Notes whether something stayed at or below what it may be."""
        holds = measured <= most
        if not holds:
            self.over.append(f"{what}: {shown(measured)} {unit}, at most {shown(most)}")
        cells = {"measured": f"{shown(measured)} {unit}", "at_most": f"{shown(most)} {unit}"}
        self.row("Limits", what=what, **cells, holds="yes" if holds else "**no**")

    def markdown(self) -> str:
        """Everything, as the generated part of the README holds it."""
        out = [f"Measured on {datetime.date.today().isoformat()}: {self._setting}.", ""]
        for title, table in self._tables.items():
            out += [f"### {title}", "", _line(table.columns)]
            out += [_line(["---"] + ["---:"] * (len(table.columns) - 1)), *map(_line, table.rows), ""]
        return "\n".join(out)


def _line(cells: "tuple[str, ...] | list[str]") -> str:
    return "| " + " | ".join(cells) + " |"
