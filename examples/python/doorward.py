"""A Doorward for tests: `doorward dev` as a process of its own, and what tests ask of it."""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

KEY = "dwk_development"


def send(method, url, body=None, token=None):
    """Sends a request, with body as JSON, and answers the status and what came back."""
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = None if body is None else json.dumps(body).encode()
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers, method=method))
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        text = answer.read()
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if text and is_json else text.decode()


class Doorward:
    """The program (DOORWARD names it) on a free port; the first line that it prints says where it is."""

    def __init__(self):
        program = os.environ.get("DOORWARD", "doorward")
        self.process = subprocess.Popen(
            [program, "dev", "--listen", "127.0.0.1:0", "--app-key", KEY, "--log-level", "warn"],
            stdout=subprocess.PIPE, text=True,
        )
        self.url = self.process.stdout.readline().split()[-1]

    def call(self, method, path, body=None, token=None):
        return send(method, self.url + path, body, token)

    def reset(self, users=None):
        self.call("POST", "/dev/api/reset", users and {"users": users})

    def sign_in(self, email):
        return self.call("POST", "/dev/api/sessions", {"email": email})[1]["token"]

    def advance(self, time):
        self.call("POST", "/dev/api/clock", {"advance": time})

    def fail_mails(self, how, count):
        self.call("POST", "/dev/api/faults", {"mail": how, "next": count})

    def mail(self, to):
        """Waits for the newest mail to an address."""
        query = urllib.parse.urlencode({"to": to, "wait": "10s"})
        return self.call("GET", "/dev/api/mailbox?" + query)[1]["mails"][0]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def token_of(mail):
    """The end of the link that a mail is about."""
    return mail["links"][0].rsplit("/", 1)[1]
