"""`python -m updraft_airflow providers`: which providers are installed, as JSON for the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from updraft_airflow import entry_points
from updraft_airflow.connections.providers import ProvidersManager

if TYPE_CHECKING:
    import argparse


def providers(_options: argparse.Namespace) -> int:
    """Prints them by name."""
    found: dict[str, dict[str, Any]] = {}
    described = ProvidersManager().providers
    for point in entry_points.offered(entry_points.PROVIDERS):
        package = point.dist
        if package is not None:
            found[package.name] = {
                "package_name": package.name,
                "description": str(package.metadata.json.get("summary", "")),
                "version": package.version,
                "info": described.get(package.name, {}),
            }
    print(json.dumps([found[name] for name in sorted(found)], indent=2, default=str))  # noqa: T201
    return 0
