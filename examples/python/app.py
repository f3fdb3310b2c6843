"""A small app whose people are Doorward's: it is shown a session's token and asks Doorward whose it is."""

import json
import os
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def whose(accounts, token):
    """Answers whose session a token is of; None for nobody's."""
    request = urllib.request.Request(
        accounts["url"] + "/api/v1/sessions/verify",
        data=json.dumps({"token": token}).encode(),
        headers={"Authorization": "Bearer " + accounts["key"], "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["user"]
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 404:
                return None
            raise


def create_app(accounts, port=0):
    """Greets people who are signed in and have confirmed their address. accounts has url and key."""

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self):
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                user = whose(accounts, token)
            except OSError:
                return self.say(502, "Please come back later.")
            if user is None:
                return self.say(401, "Sign in first.")
            if user["confirmed_at"] is None:
                return self.say(403, "Confirm your address first.")
            return self.say(200, f"Hello, {user['username']}.")

        def say(self, status, text):
            body = (text + "\n").encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Hello)


if __name__ == "__main__":
    create_app({"url": os.environ["DOORWARD_URL"], "key": os.environ["DOORWARD_KEY"]}, 3000).serve_forever()
