"""Calls every operation of a committed OpenAPI document with made-up data: `contract.py DOCUMENT URL`.

What the server answers must be what the document says. Half of the calls are about what there really is. The admin of the server is
`admin` with the password `admin`. What is known to differ stands in `ledger.txt`.
"""

import argparse
import collections
import json
import re
import sys
from pathlib import Path
from urllib.parse import quote

import hypothesis
import requests
import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode, checks
from schemathesis.core import NOT_SET
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks as openapi

import real
import right

CHECKS = [
    checks.not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_headers_conformance,
    openapi.response_schema_conformance,
]
# Decides about everything that is made up.
SEED = 1
# The longest that a call may take, in seconds: the server itself gives up after 30.
TIME_MAX = 40
# Of so many calls that the document allows, one more is made that it does not.
WRONG_EVERY = 3
NEVER = "never done"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Server:
    """A running server, as its admin calls it."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        token = self.call("POST", "/auth/token", right.ADMIN)["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method, path, body=None):
        answer = self.session.request(method, self.url + path, json=body, timeout=TIME_MAX)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path):
        return self.call("GET", path)

    def make(self, wanted):
        for call in wanted(self.get):
            self.call(*call)


def order(operation):
    """Reads first, then changes; what takes away last, and of that first what is deepest: so there is something left to be called."""
    method = "DELETE" if operation.path.endswith("/cancel") else operation.method.upper()
    return METHODS.index(method), -operation.path.count("/"), operation.path


def in_path(value):
    """As a made-up value of a path is written: ready to be sent."""
    return quote(value, safe="") if isinstance(value, str) else value


def put_real(case, row):
    """Puts what there really is into the place of what was made up, where that was not made up to be wrong."""
    wrong = {place for place, part in case.meta.components.items() if part.mode == GenerationMode.NEGATIVE}
    if ParameterLocation.PATH not in wrong:
        case.path_parameters.update({name: in_path(row[name]) for name in case.path_parameters if name in row})
    if ParameterLocation.BODY not in wrong and isinstance(case.body, dict):
        case.body.update({name: row[name] for name in case.body if name in row})


def is_wrong_for_sure(case):
    """Whether the path or the body is wrong. Airflow 3 passes over parameters that it does not know, and so do we."""
    parts = [case.meta.components.get(place) for place in (ParameterLocation.PATH, ParameterLocation.BODY)]
    return any(part is not None and part.mode == GenerationMode.NEGATIVE for part in parts)


class Contract:
    """What a document is held to, and what was found."""

    def __init__(self, document, server):
        self.server = server
        self.base = server.url + document["servers"][0]["url"].rstrip("/")
        self.rows = real.rows(server.get)
        self.queries, self.bodies = right.queries(), right.bodies()
        self.statuses = collections.defaultdict(collections.Counter)
        # The first example of each finding.
        self.findings = {}

    def fitting(self, operation):
        """The rows that name as much of the path as any."""
        names = {parameter.name for parameter in operation.path_parameters}
        most = max(len(names & row.keys()) for row in self.rows)
        return [row for row in self.rows if len(names & row.keys()) == most]

    def ask(self, case, further=()):
        """Makes a call and looks at the answer."""
        label = case.operation.label
        response = case.call(base_url=self.base, session=self.server.session, timeout=TIME_MAX)
        self.statuses[label][response.status_code] += 1
        try:
            case.validate_response(response, checks=[*CHECKS, *further])
        except FailureGroup as group:
            sent = response.request
            example = f"{sent.method} {sent.url}\n{sent.body}\n{response.status_code} {response.text[:500]}"
            for failure in group.exceptions:
                self.findings.setdefault((label, failure.title), f"{failure.message}\n{example}")
        return response

    def ask_right(self, operation):
        """Calls an operation as it should be called, about the things that there are, until that is done."""
        label = operation.label
        body, query = self.bodies.get(label, NOT_SET), self.queries.get(label, lambda _: {})
        if body is NOT_SET and operation.body:
            body = {}
        for row in self.fitting(operation):
            names = {parameter.name for parameter in operation.path_parameters}
            try:
                case = operation.Case(
                    path_parameters={name: in_path(row[name]) for name in names},
                    query=query(row),
                    body=body(row) if callable(body) else body,
                    media_type="application/json" if operation.body else None,
                )
            except KeyError:
                continue  # this row does not have all that is named
            if self.ask(case).status_code < 400:
                return

    def ask_made_up(self, operation, mode, count):
        """Calls an operation so many times, with as many different cases as there are."""
        row = strategies.none() | strategies.sampled_from(self.fitting(operation))
        further = [openapi.negative_data_rejection]

        @hypothesis.seed(SEED)
        @hypothesis.settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode), row=row)
        def ask(case, row):
            if row is not None:
                put_real(case, row)
            self.ask(case, further if is_wrong_for_sure(case) else ())

        ask()

    def hold(self, operation, examples):
        if operation.method.upper() == "DELETE" and "queuedEvent" in operation.path:
            self.server.make(real.updates)
        self.ask_right(operation)
        self.ask_made_up(operation, GenerationMode.POSITIVE, examples)
        if operation.body or list(operation.iter_parameters()):
            self.ask_made_up(operation, GenerationMode.NEGATIVE, examples // WRONG_EVERY)

    def never_done(self):
        return [label for label, statuses in self.statuses.items() if all(status >= 400 for status in statuses)]


def known(version):
    """The lines of the ledger about a version."""
    lines = (Path(__file__).parent / "ledger.txt").read_text().splitlines()
    entries = [line.split(" # ")[0] for line in lines if not line.startswith("#")]
    return {entry.removeprefix(f"{version} ") for entry in entries if entry.startswith(f"{version} ")}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("url")
    parser.add_argument("--examples", type=int, default=50)
    parser.add_argument("--only", default="", help="a regular expression of operations: `GET /dags`")
    arguments = parser.parse_args()
    document = json.loads(arguments.document.read_text())
    server = Server(arguments.url)
    server.make(real.made)
    contract = Contract(document, server)
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in sorted(operations, key=order):
        if re.search(arguments.only, operation.label):
            contract.hold(operation, arguments.examples)
    version = arguments.document.stem
    found = {f"{label}: {title}": example for (label, title), example in contract.findings.items()}
    found |= {f"{label}: {NEVER}": dict(contract.statuses[label]) for label in contract.never_done()}
    new = {name: example for name, example in found.items() if name not in known(version)}
    for name, example in new.items():
        print(f"{version} {name}\n{example}\n", file=sys.stderr)
    gone = set() if arguments.only else known(version) - found.keys()
    for name in gone:
        print(f"{version} {name}: not found any more, take it out of the ledger", file=sys.stderr)
    calls = sum(statuses.total() for statuses in contract.statuses.values())
    done = len(contract.statuses) - len(contract.never_done())
    print(f"{version}: {calls} calls of {len(contract.statuses)} operations, {done} of which were done at least once")
    if new or gone:
        sys.exit(f"{len(new)} findings, {len(gone)} lines of the ledger too many")


if __name__ == "__main__":
    main()
