"""What installed packages offer under a name of ours: their entry points."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PLUGINS = "airflow.plugins"
PROVIDERS = "apache_airflow_provider"


@cache
def offered(group: str) -> tuple[EntryPoint, ...]:
    """Those of a group. Looked for once: a process ends when packages come or go."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))
