"""Receives what Handover tells: verified with the public library of Standard Webhooks, each message handled once.

    pip install standardwebhooks
    HANDOVER_WEBHOOK_SECRET=whsec_… python receive.py 3000
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["HANDOVER_WEBHOOK_SECRET"])
handled = set()  # In a product: a table with the message's number as its key.


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        # The bytes as they came: what was parsed and written again has another signature.
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self.answer(400)
        number = self.headers["webhook-id"]
        if number not in handled:
            handled.add(number)
            print(json.dumps({"id": number, **event}), flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"Listening on http://127.0.0.1:{server.server_port}/", file=sys.stderr, flush=True)
    server.serve_forever()
