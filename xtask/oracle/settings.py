"""Asks a real Airflow which settings it has, with their defaults, and which have had other names; writes its answers as JSON.

Settings of provider packages are left out.
"""

import json
import logging
import sys

from airflow.configuration import conf, retrieve_configuration_description


def described():
    """Every section, and in it every option, with its default and whether it is a secret."""
    sections = {}
    for section, about in sorted(retrieve_configuration_description(include_providers=False).items()):
        options = sections[section] = {}
        for name, option in sorted((about.get("options") or {}).items()):
            default = option.get("default")
            options[name] = {"default": None if default is None else str(default)}
            if option.get("sensitive"):
                options[name]["sensitive"] = True
    return sections


def renamed():
    """Section and option, and what they were before."""
    pairs = [[*new, *old[:2]] for new, old in conf.deprecated_options.items()]
    # Airflow 3 has none of these any more.
    for new, olds in getattr(conf, "many_to_one_deprecated_options", {}).items():
        pairs += [[*new, *old[:2]] for old in olds]
    return sorted(pairs)


logging.disable()
json.dump({"sections": described(), "renamed": renamed()}, sys.stdout, indent=1)
print()
