"""Runs public Bullhorn clients, unchanged, against a sandbox. See README.md."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import requests

TIMEOUT_S = 60


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="where the sandbox listens, such as http://127.0.0.1:8010")
    parser.add_argument("--client-id", default="sandbox-client")
    parser.add_argument("--client-secret", default="sandbox-secret")
    parser.add_argument("--username", default="sandbox.user")
    parser.add_argument("--password", default="sandbox-password")
    return parser.parse_args()


def write_credentials(folder, arguments):
    """The JSON file in which pyhorn keeps its credentials and tokens."""
    path = Path(folder) / "auth.json"
    path.write_text(
        json.dumps(
            {
                "file_name": str(path),
                "client_id": arguments.client_id,
                "client_secret": arguments.client_secret,
                "username": arguments.username,
                "password": arguments.password,
            }
        )
    )
    return path


def load_pyhorn(url):
    """Imports pyhorn and points it at the sandbox. It writes a log file into the working folder when imported."""
    import pyhorn.auth
    import pyhorn.client

    parts = urlsplit(url)
    pyhorn.auth._scheme = parts.scheme
    pyhorn.auth._rest_endpoint = parts.netloc
    pyhorn.auth._auth_endpoint = parts.netloc
    return pyhorn


def admin(url, path, body):
    response = requests.post(f"{url}/admin/{path}", json=body, timeout=TIMEOUT_S)
    response.raise_for_status()
    return response.json()


def calls_so_far(url):
    status = requests.get(f"{url}/admin/status", timeout=TIMEOUT_S)
    return status.json()["traffic"]["calls"]


class Pyhorn:
    """Checks of pyhorn-flow, in order: each goes on where the one before it stopped."""

    def __init__(self, url, credentials_file):
        pyhorn = load_pyhorn(url)
        self.url = url
        self.auth = pyhorn.auth.Credentials.from_json(credentials_file)
        self.client = pyhorn.client.RESTClient(self.auth)

    def check_login_with_code_token_and_session(self):
        with self.client:
            assert self.auth.BhRestToken and self.auth.restUrl.startswith(self.url)
            assert self.client.ping() is not None

    def check_search_and_entity(self):
        found = self.client.search("Candidate", "id:[1 TO *] AND isDeleted:0", fields="id,firstName", count=3)
        assert found["count"] == 3 and found["total"] > 3
        ids = [record["id"] for record in found["data"]]
        several = self.client.get_entity("Candidate", ids, fields="id,lastName,owner(id,corporation(name))")
        assert [record["id"] for record in several["data"]] == ids
        one = self.client.get_entity("Candidate", ids[0], fields="id,address(city,zip)")
        assert one["data"]["id"] == ids[0]

    def check_long_queries_go_by_post(self):
        query = "id:(" + " ".join(str(number) for number in range(1, 2_500)) + ")"
        assert len(query) > 7_500
        assert self.client.search("Candidate", query, fields="id", count=5)["count"] == 5

    def check_query(self):
        jobs = self.client.query("JobOrder", "isDeleted = false", fields="id,title", count=2)
        assert jobs["count"] == 2 and "total" not in jobs

    def check_to_many_lists(self):
        found = self.client.search("Candidate", "primarySkills.id:[1 TO *]", fields="id,primarySkills[0]", count=20)
        biggest = max(found["data"], key=lambda record: record["primarySkills"]["total"])
        skills = self.client.get_tomany("Candidate", biggest["id"], "primarySkills", fields="id,name", count=200)
        assert skills["count"] == len(skills["data"]) > 0

    def check_writes(self):
        made = self.client.create_entity("Candidate", {"firstName": "Test-A", "lastName": "Conformance"})
        assert made["changeType"] == "INSERT"
        number = made["changedEntityId"]
        assert self.client.update_entity("Candidate", {"id": number, "status": "Active"})["changeType"] == "UPDATE"
        self.client.create_tomany("Candidate", number, "primarySkills", [1, 2])
        assert self.client.get_tomany("Candidate", number, "primarySkills", fields="id")["count"] == 2
        self.client.delete_tomany("Candidate", str(number), "primarySkills", 1)
        assert self.client.get_tomany("Candidate", number, "primarySkills", fields="id")["count"] == 1
        assert self.client.delete_entity("Candidate", str(number))["changeType"] == "DELETE"
        assert self.client.get_entity("Candidate", number, fields="isDeleted")["data"]["isDeleted"] is True

    def check_events(self):
        response = self.client.safe_request(
            "PUT",
            f"{self.auth.restUrl}/event/subscription/conformance"
            "?type=entity&names=Candidate&eventTypes=INSERTED,UPDATED,DELETED",
        )
        assert response.json()["subscriptionId"] == "conformance"
        assert self.client.capture("conformance") is None
        self.client.create_entity("Candidate", {"firstName": "Test-B", "lastName": "Conformance"})
        batch = self.client.capture("conformance")
        assert batch["events"][0]["entityEventType"] == "INSERTED"
        assert self.client.recapture("conformance", batch["requestId"]) == batch
        assert self.client.get_last_capture_id("conformance") == batch["requestId"]
        assert self.client.capture("conformance") is None
        assert self.client.delete_subscribe("conformance")["result"] is True

    # Renewal is checked through `with`, which pings first: the retry inside the client's own requests sends the dead
    # token again and so never ends, whatever the server.

    def check_a_dead_session_is_renewed_with_the_refresh_token(self):
        token, refresh = self.auth.BhRestToken, self.auth.refresh_token
        admin(self.url, "sessions/kill", {})
        assert self.client.ping() is None
        with self.client:
            assert self.auth.BhRestToken != token and self.auth.refresh_token != refresh
            assert self.client.search("JobOrder", "id:[1 TO *]", count=1)["count"] == 1

    def check_a_used_refresh_token_falls_back_to_the_password(self):
        admin(self.url, "sessions/kill", {"revoke_grants": True})
        with self.client:
            assert self.client.search("JobOrder", "id:[1 TO *]", count=1)["count"] == 1


class Bullhorn:
    """Checks of the package `bullhorn`, which takes a session that somebody else opened."""

    def __init__(self, url, auth):
        from bullhorn.client import BullhornClient

        self.auth = auth
        self.url = url
        self.client = BullhornClient(token=auth.BhRestToken, rest_url=auth.restUrl)

    def check_its_own_live_test_suite(self):
        import tests

        environment = {
            **os.environ,
            "TEST_USE_ENV_CREDENTIALS": "1",
            "TEST_SESSION_TOKEN": self.auth.BhRestToken,
            "TEST_REST_URL": self.auth.restUrl,
        }
        folder = Path(tests.__file__).parent
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
        calls_before = calls_so_far(self.url)
        suite = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert suite.returncode == 0, suite.stdout + suite.stderr
        assert calls_so_far(self.url) - calls_before > 20, "the suite did not talk to the sandbox"

    def check_ping_and_settings(self):
        assert self.client.ping()["sessionExpires"] > 0
        assert self.client.get_settings("corporationName,userId")["userId"] > 0

    def check_search(self):
        people = self.client.get_candidates(query="dateAdded:{20000101 TO *}", fields="id,firstName,lastName")
        assert len(people) == 10 and all("firstName" in person for person in people)

    def check_errors_are_json(self):
        from bullhorn.exceptions import HTTPException

        try:
            self.client.get_candidates(query="id:1", fields="id,nonsense")
        except HTTPException as error:
            assert error.status == 400 and "Invalid field 'nonsense' at position 3." in str(error)
        else:
            raise AssertionError("an unknown field was accepted")

    def check_429_is_retried(self):
        rule = {"fault": {"kind": "rate_limited"}, "endpoint": "search", "times": 1}
        admin(self.url, "faults", rule)
        assert len(self.client.get_candidates(query="id:[1 TO *]", fields="id,firstName", count=1)) == 1


def run_checks(checks):
    """Runs every method named `check_...` in the order of its definition; returns how many failed."""
    failed = 0
    for name in [name for name in type(checks).__dict__ if name.startswith("check_")]:
        label = f"{type(checks).__name__}: {name.removeprefix('check_').replace('_', ' ')}"
        try:
            getattr(checks, name)()
            print(f"ok      {label}")
        except Exception:
            failed += 1
            print(f"FAILED  {label}")
            traceback.print_exc(limit=-4)
    return failed


def main():
    arguments = parse_arguments()
    arguments.url = arguments.url.rstrip("/")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        pyhorn = Pyhorn(arguments.url, write_credentials(folder, arguments))
        failed = run_checks(pyhorn)
        failed += run_checks(Bullhorn(arguments.url, pyhorn.auth))
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
