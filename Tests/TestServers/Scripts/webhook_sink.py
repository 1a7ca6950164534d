"""A receiver of webhooks that writes down every request and answers as it is told.

Usage: webhook_sink.py DIRECTORY [--certificate FILE --key FILE]

Writes DIRECTORY/port when it listens on 127.0.0.1, and one JSON line per request, before it is answered, to
DIRECTORY/requests.jsonl. How a path is answered stands in the request's query, or under the path in
DIRECTORY/control.json ({"/path": "query"}), which wins and may change at any time:

    status=500,500,200   the first requests' answers in turn, the last one for all others; 0 closes without an answer
    delay=0.2            seconds before the answer
    hang=1               no answer at all, the connection stays open
    fail=0.3&seed=7      this share of requests fails with fail_status (500), the same ones for the same seed
    retry_after=2        a Retry-After header on every answer that is not 2xx
    body=text            the answer's body
"""
import argparse
import asyncio
import base64
import json
import os
import random
import ssl
import time
from urllib.parse import parse_qsl, unquote

options = argparse.ArgumentParser()
options.add_argument("directory")
options.add_argument("--certificate")
options.add_argument("--key")
options = options.parse_args()

CONTROL = os.path.join(options.directory, "control.json")
log = os.open(os.path.join(options.directory, "requests.jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


class Path:
    """What has happened on one path."""

    def __init__(self):
        self.count = 0
        self.in_flight = 0
        self.script = None
        self.since = 0
        self.random = None


class Control:
    """The control file, read again whenever it has been replaced."""
    identity = None
    scripts = {}

    @classmethod
    def current(cls):
        try:
            state = os.stat(CONTROL)
        except FileNotFoundError:
            return cls.scripts
        identity = (state.st_ino, state.st_mtime_ns)
        if identity != cls.identity:
            with open(CONTROL) as file:
                cls.scripts = json.load(file)
            cls.identity = identity
        return cls.scripts


paths = {}
connections = 0


class Connection(asyncio.Protocol):
    def connection_made(self, transport):
        global connections
        connections += 1
        self.number = connections
        self.transport = transport
        self.buffer = b""
        self.head = None
        self.is_answering = False

    def data_received(self, data):
        self.buffer += data
        self.advance()

    def advance(self):
        # One answer at a time; a pipelined request waits in the buffer.
        while not self.is_answering:
            if self.head is None:
                head, found, rest = self.buffer.partition(b"\r\n\r\n")
                if not found:
                    return
                lines = head.decode("latin-1").split("\r\n")
                self.head = (lines[0].split(" "), [line.split(":", 1) for line in lines[1:]])
                self.headers = {name.lower(): value.strip() for name, value in self.head[1]}
                self.length = int(self.headers.get("content-length", "0"))
                self.buffer = rest
                if self.headers.get("expect", "").lower() == "100-continue":
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if len(self.buffer) < self.length:
                return
            body, self.buffer = self.buffer[:self.length], self.buffer[self.length:]
            (method, target, _), _ = self.head
            self.head = None
            self.received(method, target, body)

    def received(self, method, target, body):
        raw_path, _, query = target.partition("?")
        name = unquote(raw_path)
        path = paths.setdefault(name, Path())
        script = Control.current().get(name, query)
        if script != path.script:
            # A new script starts counting from its own beginning.
            path.script, path.since = script, path.count
            path.answers = dict(parse_qsl(script))
            path.random = random.Random(int(path.answers.get("seed", "0")))
        path.count += 1
        path.in_flight += 1
        os.write(log, (json.dumps({
            "time": time.time(), "method": method, "path": name, "query": query, "headers": self.headers,
            "body": base64.b64encode(body).decode(), "connection": self.number, "inFlight": path.in_flight,
        }) + "\n").encode())
        self.is_answering = True
        answers = path.answers
        if answers.get("hang"):
            self.open_path = path
            return
        statuses = answers.get("status", "200").split(",")
        status = int(statuses[min(path.count - path.since, len(statuses)) - 1])
        if path.random.random() < float(answers.get("fail", "0")):
            status = int(answers.get("fail_status", "500"))
        delay = float(answers.get("delay", "0"))
        if delay:
            asyncio.get_running_loop().call_later(delay, self.finish, path, status)
        else:
            self.finish(path, status)

    def finish(self, path, status):
        path.in_flight -= 1
        if status == 0:
            self.transport.close()
            return
        body = path.answers.get("body", "").encode()
        head = f"HTTP/1.1 {status} Sink\r\nContent-Length: {len(body)}\r\nContent-Type: text/plain\r\n"
        if "retry_after" in path.answers and not 200 <= status < 300:
            head += f"Retry-After: {path.answers['retry_after']}\r\n"
        self.transport.write(head.encode() + b"\r\n" + body)
        self.is_answering = False
        self.advance()

    def connection_lost(self, error):
        if getattr(self, "open_path", None):
            self.open_path.in_flight -= 1
            self.open_path = None


async def main():
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, ssl=context, backlog=1024)
    temporary = os.path.join(options.directory, "port.new")
    with open(temporary, "w") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(temporary, os.path.join(options.directory, "port"))
    await server.serve_forever()


asyncio.run(main())
