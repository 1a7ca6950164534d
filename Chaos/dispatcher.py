"""Dispatches events over kept HTTP connections and writes down what it sent and what it was answered, until SIGTERM.

Usage: dispatcher.py URL JOURNAL NAME --rate EVENTS_PER_SECOND --seed N [--connections N] [--insist] [--trouble]

With --insist every request carries an idempotency key, and is repeated with it until it is answered for good, as an app does
that must not lose an event: at SIGTERM it still waits for that. Without, a request that was not answered is left alone, and nobody
knows what became of it. With --trouble all events go to bad receivers, too.
"""
import argparse
import asyncio
import datetime
import json
import random
import signal
import time

import shop
from journal import Journal

options = argparse.ArgumentParser()
options.add_argument("url")
options.add_argument("journal")
options.add_argument("name")
options.add_argument("--rate", type=float, required=True)
options.add_argument("--seed", type=int, required=True)
options.add_argument("--connections", type=int, default=16)
options.add_argument("--insist", action="store_true")
options.add_argument("--trouble", action="store_true")

# Of all requests: how many bring several events, are delivered within the request, and are larger than the database takes.
BATCHES, SYNCHRONOUS, OVERSIZE = 0.05, 0.01, 0.0005
OVERSIZE_BYTES = 1_200_000


class Dispatcher:
    def __init__(self, options):
        self.options = options
        self.journal = Journal(options.journal)
        self.random = random.Random(options.seed)
        host, _, port = options.url.removeprefix("http://").partition(":")
        self.address = (host, int(port))
        self.requests = 0
        self.events = 0
        self.is_stopping = False
        self.next_due = time.monotonic()

    def event(self, **shares):
        self.events += 1
        return shop.event(self.random, f"{self.options.name}-{self.events}", **shares)

    def request(self):
        """The path and events of the next request."""
        self.requests += 1
        if self.options.trouble:
            return "/dispatch", [self.event(trouble=1)]
        kind = self.random.random()
        if kind < BATCHES:
            return "/dispatch", [self.event() for _ in range(self.random.randint(2, 10))]
        if kind < BATCHES + SYNCHRONOUS:
            return "/dispatch_sync", [self.event(later=0, trouble=0, big=0)]
        if kind < BATCHES + SYNCHRONOUS + OVERSIZE:
            event = self.event()
            payload = json.dumps({"token": event.token, "text": "y" * OVERSIZE_BYTES}, separators=(",", ":"))
            return "/dispatch", [shop.Event(event.token, event.name, event.key, payload)]
        return "/dispatch", [self.event()]

    def body(self, events):
        texts = []
        for event in events:
            members = {"event": event.name}
            if event.key:
                members["ordering_key"] = event.key
            if event.delay:
                due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=event.delay)
                members["scheduled_at"] = due.isoformat()
            if self.options.insist:
                members["idempotency_key"] = event.token
            # The payload goes as it is: what arrives must be these very bytes.
            texts.append(json.dumps(members)[:-1] + f',"payload":{event.payload}}}')
        return texts[0] if len(texts) == 1 else "[" + ",".join(texts) + "]"

    async def run(self):
        loop = asyncio.get_running_loop()
        for stopping in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stopping, self.stop)
        await asyncio.gather(*(self.client() for _ in range(self.options.connections)))

    def stop(self):
        self.is_stopping = True

    async def client(self):
        """One kept connection, made again when it is lost."""
        connection = None
        while not self.is_stopping:
            await self.turn()
            path, events = self.request()
            number = self.requests
            body = self.body(events).encode()
            self.journal.write("sent", request=number, events=[event.described() for event in events],
                               path=path, insists=self.options.insist)
            while True:
                try:
                    connection = connection or await asyncio.open_connection(*self.address)
                    status, answer, is_kept = await asyncio.wait_for(exchange(connection, path, body), timeout=45)
                    self.journal.write("answered", request=number, status=status, answer=answer)
                    if not is_kept:
                        connection[1].close()
                        connection = None
                    if status < 500 or not self.options.insist:
                        break
                except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, ValueError) as problem:
                    if connection:
                        connection[1].close()
                    connection = None
                    self.journal.write("unanswered", request=number, problem=type(problem).__name__)
                    if not self.options.insist:
                        break
                await asyncio.sleep(0.1)
        if connection:
            connection[1].close()

    async def turn(self):
        """Waits until the next request is due. What was missed while nobody answered is not made up for."""
        now = time.monotonic()
        self.next_due = max(self.next_due, now - 0.5) + 1 / self.options.rate
        await asyncio.sleep(max(self.next_due - now, 0))


async def exchange(connection, path, body):
    """Sends a request and reads its answer: the status, the JSON in it if any, and whether the connection stays."""
    reader, writer = connection
    writer.write(f"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    status = int((await reader.readuntil(b"\r\n")).split(b" ")[1])
    headers = {}
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding") == "chunked":
        text = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            text += (await reader.readexactly(size + 2))[:size]
        await reader.readexactly(2)
    else:
        text = await reader.readexactly(int(headers["content-length"]))
    answer = json.loads(text) if headers.get("content-type", "").startswith("application/json") else None
    return status, answer, headers.get("connection") != "close"


asyncio.run(Dispatcher(options.parse_args()).run())
