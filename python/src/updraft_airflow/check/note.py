"""What is said of a line of a DAG file."""

from __future__ import annotations

from typing import NamedTuple

USES = "uses"
"""What it takes from Airflow or a provider."""
UNSUPPORTED = "unsupported"
"""It would not run here."""
IGNORED = "ignored"
"""It runs, without that."""
DIFFERS = "differs"
"""It means one thing in Airflow 2 and another one in Airflow 3."""
GENERATION = "generation"
"""One of Airflow 2 and 3 alone has it; here it works at both levels, if nothing else is said."""
WARNING = "warning"
"""Reading the file warns of it."""


class Note(NamedTuple):
    """A remark."""

    line: int
    kind: str
    text: str

    def as_json(self) -> dict[str, int | str]:
        """Its fields."""
        return self._asdict()
