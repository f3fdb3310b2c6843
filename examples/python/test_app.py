import threading
import unittest

from app import create_app
from doorward import KEY, Doorward, send, token_of

ADA = {"email": "ada@example.test", "password": "correct horse battery"}


class AppTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.doorward = Doorward()
        cls.app = create_app({"url": cls.doorward.url, "key": KEY})
        threading.Thread(target=cls.app.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.app.shutdown()
        cls.app.server_close()
        cls.doorward.stop()

    def setUp(self):
        self.doorward.reset()

    def hello(self, token):
        """Asks the app for its page as whoever has a session, and answers the status."""
        return send("GET", f"http://127.0.0.1:{self.app.server_port}/hello", token=token)[0]

    def test_only_whoever_is_signed_in_is_greeted(self):
        self.assertEqual(self.hello("no-such-token"), 401)
        self.assertEqual(self.hello(self.doorward.sign_in("user@example.test")), 200)

    def test_a_newcomer_confirms_by_mail(self):
        self.assertEqual(self.doorward.call("POST", "/api/v1/registrations", ADA)[0], 201)
        token = self.doorward.call("POST", "/api/v1/sessions", ADA)[1]["token"]
        self.assertEqual(self.hello(token), 403)
        mail = self.doorward.mail(ADA["email"])
        self.assertEqual(self.doorward.call("POST", "/api/v1/confirmations/" + token_of(mail))[0], 200)
        self.assertEqual(self.hello(token), 200)

    def test_a_link_to_a_new_password_expires(self):
        self.doorward.call("POST", "/api/v1/password-resets", {"email": "user@example.test"})
        link = "/api/v1/password-resets/" + token_of(self.doorward.mail("user@example.test"))
        self.assertEqual(self.doorward.call("GET", link)[0], 200)
        self.doorward.advance("61m")
        self.assertEqual(self.doorward.call("GET", link)[0], 404)

    def test_a_session_expires(self):
        token = self.doorward.sign_in("user@example.test")
        self.doorward.advance("61d")
        self.assertEqual(self.hello(token), 401)

    def test_a_mail_server_in_trouble_only_delays_the_mail(self):
        self.doorward.fail_mails("tempfail", 1)
        self.assertEqual(self.doorward.call("POST", "/api/v1/registrations", ADA)[0], 201)
        self.doorward.advance("1m")  # when it is tried again
        self.assertTrue(self.doorward.mail(ADA["email"]))


if __name__ == "__main__":
    unittest.main()
