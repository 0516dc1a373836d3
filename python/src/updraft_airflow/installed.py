"""`python -m updraft_airflow providers`: which providers are installed, as JSON for the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from updraft_airflow import entry_points

if TYPE_CHECKING:
    import argparse


def providers(_options: argparse.Namespace) -> int:
    """Prints them by name."""
    found: dict[str, dict[str, str]] = {}
    for point in entry_points.offered(entry_points.PROVIDERS):
        package = point.dist
        if package is not None:
            found[package.name] = {
                "package_name": package.name,
                "description": str(package.metadata.json.get("summary", "")),
                "version": package.version,
            }
    print(json.dumps([found[name] for name in sorted(found)], indent=2))  # noqa: T201
    return 0
