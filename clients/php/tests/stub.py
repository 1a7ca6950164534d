"""Stands in for Recado: answers as the event's name says, and writes every request to DIRECTORY/requests.jsonl.

Usage: stub.py DIRECTORY   (with certificate.pem and key.pem in it; writes ports.json when it listens)
"""
import json
import os
import socket
import socketserver
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

DIRECTORY = sys.argv[1]
lock = threading.Lock()
count = 0
seen_keys = set()


def accepted():
    global count
    with lock:
        count += 1
        return {"id": count, "uuid": f"0190-{count}", "status": "pending"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if self.headers.get("X-Request-ID") == "refused-early":
            # Before the body has come, which is not read.
            self.answer(401, {"error": {"code": "unauthorized", "message": "No such key."}})
            self.wfile.flush()
            time.sleep(2)
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with lock, open(f"{DIRECTORY}/requests.jsonl", "a") as file:
            headers = {name.lower(): value for name, value in self.headers.items()}
            file.write(json.dumps({"path": self.path, "headers": headers, "body": body}) + "\n")
        decoded = json.loads(body)
        if isinstance(decoded, list):
            self.answer(202, [self.one_of_several(item["event"]) for item in decoded])
        elif self.path == "/dispatch_sync":
            self.synchronous(decoded["event"])
        else:
            self.asynchronous(decoded)

    def one_of_several(self, name):
        if name == "":
            return {"error": {"code": "invalid_event", "message": "No name.", "field": "event"}}
        if name in ("unavailable", "outcome_unknown"):
            return {"error": {"code": name, "message": "The database is away."}}
        return accepted()

    def synchronous(self, name):
        ok = name != "sync.failed"
        listeners = [
            {"name": "mail", "ok": True, "attempts": 1, "milliseconds": 12, "reason": None},
            {"name": "hook", "ok": ok, "attempts": 2, "milliseconds": 90, "reason": None if ok else "timeout"}]
        if name == "sync.processing":
            self.answer(202, dict(accepted(), status="processing", listeners=listeners[:1]))
        else:
            self.answer(200, dict(accepted(), status="processed" if ok else "failed", listeners=listeners))

    def asynchronous(self, event):
        name, key = event["event"], event.get("idempotency_key")
        is_first = key not in seen_keys
        seen_keys.add(key)
        if name == "slow":
            time.sleep(1.5)
        if name == "trickle":
            # An answer whose every byte comes in time, and whose last one never does.
            for byte in b"HTTP/1.1 202 Accepted\r\n" + b"X" * 100:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
        elif name == "lingering":
            # Whole, and the connection stays open all the same.
            self.answer(202, accepted())
            self.wfile.flush()
            time.sleep(3)
        elif name == "drop" or (name in ("drop.once", "drop.unavailable") and is_first):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif name == "reject":
            self.answer(400, {"error": {"code": "invalid_field", "message": "Too long.", "field": "instance"}})
        elif name == "unauthorized":
            self.answer(401, {"error": {"code": "unauthorized", "message": "No such key."}})
        elif name in ("unavailable", "outcome_unknown", "drop.unavailable"):
            self.answer(503, {"error": {"code": name.removeprefix("drop."), "message": "The database is away."}}, {"Retry-After": "3"})
        elif name == "gateway":
            self.answer(502, None, {"Content-Type": "text/html"})
        elif name == "gateway.json":
            self.answer(502, {"error": {"code": 502, "message": {"text": "Bad Gateway"}}})
        elif name == "reject.oddly":
            self.answer(403, {"error": ["no"]})
        elif name == "reject.in.words":
            self.answer(403, {"error": "no"})
        elif name == "empty":
            self.answer(200, None)
        elif name == "redirect":
            self.answer(302, None, {"Location": "/dispatch"})
        else:
            self.answer(202, accepted())

    def answer(self, status, value, headers=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, content in (headers or {}).items():
            self.send_header(name, content)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "client"

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        # A client that gives up is part of the tests.
        pass


class UnixServer(Server):
    address_family = socket.AF_UNIX


plain = Server(("127.0.0.1", 0), Handler)
encrypted = Server(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{DIRECTORY}/certificate.pem", f"{DIRECTORY}/key.pem")
encrypted.socket = context.wrap_socket(encrypted.socket, server_side=True)
unix = UnixServer(f"{DIRECTORY}/http.sock", Handler)
for server in (plain, encrypted, unix):
    threading.Thread(target=server.serve_forever, daemon=True).start()
with open(f"{DIRECTORY}/ports.new", "w") as file:
    json.dump({"plain": plain.server_address[1], "encrypted": encrypted.server_address[1]}, file)
os.rename(f"{DIRECTORY}/ports.new", f"{DIRECTORY}/ports.json")
threading.Event().wait()
