"""`python -m updraft_airflow plugins`: which plugins there are, what of them is used, and which cannot be loaded."""

from __future__ import annotations

import argparse
import json
from typing import Any

from updraft_airflow.plugins.loaded import Plugins
from updraft_airflow.plugins.loaded import plugins as load
from updraft_airflow.plugins.manager import words
from updraft_airflow.plugins.plugin import NOT_SERVED, USED
from updraft_airflow.serve.apart import apart


def plugins(options: argparse.Namespace) -> int:
    """Prints them; 1 if one cannot be loaded. They are loaded in a process of their own."""
    from updraft_airflow.configuration import conf

    done = apart(lambda: _tell(load()), conf.getfloat("core", "dagbag_import_timeout"))
    told = done.result or {"plugins": [], "import_errors": {conf.get("core", "plugins_folder"): done.why}}
    if options.output == "json":
        print(json.dumps(told, indent=2))  # noqa: T201
    else:
        for line in _lines(told):
            print(line)  # noqa: T201
    return 1 if told["import_errors"] else 0


def _tell(known: Plugins) -> dict[str, Any]:
    listed = [
        {
            "name": plugin.name,
            "source": plugin.source,
            "used": {part: words(plugin, part) for part in USED if getattr(plugin, part, None)},
            "parts": {part: words(plugin, part) for part in (*USED, *NOT_SERVED) if getattr(plugin, part, None)},
            "not_served": {part: why for part, why in NOT_SERVED.items() if getattr(plugin, part, None)},
        }
        for plugin in known.found
    ]
    # What somebody puts into a plugin may be anything.
    return json.loads(json.dumps({"plugins": listed, "import_errors": known.errors}, default=repr))


def _lines(told: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for plugin in told["plugins"]:
        lines.append(f"{plugin['name']} ({plugin['source']})")
        lines += [f"  {part}: {', '.join(map(str, values))}" for part, values in plugin["used"].items()]
        lines += [f"  {part}: not used: {why}" for part, why in plugin["not_served"].items()]
    for source, error in told["import_errors"].items():
        lines += [f"{source}: cannot be loaded", *(f"  {line}" for line in error.rstrip().splitlines())]
    return lines or ["there are no plugins"]
