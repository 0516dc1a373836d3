"""Imports names that are no more, and prints as JSON of which classes each is made and what was warned of."""

import importlib
import json
import sys
import warnings


def classes(path):
    """The names of the classes that an object is, or that what it makes is."""
    module, _, name = path.rpartition(".")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = getattr(importlib.import_module(module), name)
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}
    made = found if isinstance(found, type) else found.__class__
    names = [one.__name__ for one in made.__mro__]
    names += [found.__name__] if hasattr(found, "__name__") else []
    return {"classes": names, "warnings": [str(one.message) for one in caught if "Updraft" in str(one.message)]}


def sql():
    """By operator: the connection that it has by itself, the one that it is given, and what its hook is told."""
    from updraft_airflow.operators import removed

    told = {}
    for name, about in removed.SQL.items():
        operator = getattr(removed, name)
        given = operator(task_id="b", sql="x", **{about.connection_argument: "given"}, database="sales")
        told[name] = [operator(task_id="a", sql="x").conn_id, given.conn_id, given.hook_params]
    return told


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump(sql() if sys.argv[1:] == ["--sql"] else {path: classes(path) for path in sys.argv[1:]}, sys.stdout)
