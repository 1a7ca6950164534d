"""Receives webhooks, writes down each receipt and each answer, and behaves as badly as its paths say.

Usage: sink.py DIRECTORY JOURNAL SEED

Writes DIRECTORY/port when it listens. A line on DIRECTORY/sink.sock sets a trap, once: {"trap": "received", "workers": {name: pid}}
kills the first of these workers that meets it, and its name is the answer.

    half       when its request is half received
    received   when its request is received and not answered
    answered   when its request has just been answered
"""
import asyncio
import json
import os
import random
import signal
import socket
import sys
import zlib

from journal import Journal

DIRECTORY, JOURNAL, SEED = sys.argv[1], Journal(sys.argv[2]), int(sys.argv[3])
CHANCE = random.Random(SEED)
HUGE_BYTES = 100 << 20
CHUNK = b"z" * (1 << 20)


class Trap:
    """At most one is set at a time."""
    kind = None
    workers = {}
    sprung = None

    @classmethod
    def set(cls, kind, workers):
        if cls.sprung and not cls.sprung.done():
            cls.sprung.cancel()
        cls.kind, cls.workers, cls.sprung = kind, workers, asyncio.get_running_loop().create_future()
        return cls.sprung

    @classmethod
    def meet(cls, kind, worker):
        """Kills `worker` where it is in the trap. Returns whether it did."""
        if kind != cls.kind or worker not in cls.workers:
            return False
        cls.kind = None
        try:
            os.kill(cls.workers[worker], signal.SIGKILL)
        except ProcessLookupError:
            cls.sprung.set_result(None)
            return False
        JOURNAL.write("fault", fault=f"mid-send:{kind}", workers=[worker], kills=1)
        cls.sprung.set_result(worker)
        return True


receipts = 0
tries = {}


def described(headers):
    """What a request says of itself, whatever its body is."""
    return {"delivery": headers["webhook-id"], "uuid": headers["x-event-id"], "attempt": int(headers["x-delivery-attempt"]),
            "worker": headers["x-worker"]}


class Request(asyncio.Protocol):
    """A connection, one request at a time."""

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray()
        self.headers = None
        self.receipt = None
        self.task = None
        self.can_write = asyncio.Event()
        self.can_write.set()

    def pause_writing(self):
        self.can_write.clear()

    def resume_writing(self):
        self.can_write.set()

    def data_received(self, data):
        self.buffer += data
        if self.headers is None:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = self.buffer[:end].decode("latin-1").split("\r\n")
            del self.buffer[:end + 4]
            self.path = lines[0].split(" ")[1].lstrip("/")
            self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            self.length = int(self.headers.get("content-length", 0))
            if self.headers.get("expect"):
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(self.buffer) >= self.length:
            self.received(bytes(self.buffer[:self.length]))
            del self.buffer[:self.length]
        elif self.length > 50_000 and Trap.meet("half", self.headers["x-worker"]):
            JOURNAL.write("partial", listener=self.path, **described(self.headers))
            self.transport.abort()

    def received(self, body):
        global receipts
        receipts += 1
        self.receipt = receipts
        headers, self.headers = self.headers, None
        self.worker = headers["x-worker"]
        JOURNAL.write("received", receipt=self.receipt, listener=self.path, crc=zlib.crc32(body),
                      token=json.loads(body)["token"], **described(headers))
        if Trap.meet("received", self.worker):
            self.abort("closed")
            return
        behaviour = getattr(self, self.path, self.good)
        self.task = asyncio.ensure_future(behaviour(headers["webhook-id"]))

    def connection_lost(self, error):
        if self.task:
            self.task.cancel()
        if self.receipt:
            JOURNAL.write("closed", receipt=self.receipt)
            self.receipt = None

    def answer(self, status, body=b""):
        # Written down first: what has been sent may be acted upon before this program runs again.
        self.answered(status)
        self.transport.write(b"HTTP/1.1 %d Sink\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))
        Trap.meet("answered", self.worker)

    def answered(self, status):
        JOURNAL.write("answered", receipt=self.receipt, status=status)
        self.receipt = None

    def abort(self, what):
        JOURNAL.write(what, receipt=self.receipt)
        self.receipt = None
        self.transport.abort()

    # How they behave.

    async def good(self, delivery):
        await asyncio.sleep(CHANCE.random() * 0.02)
        self.answer(200, b"ok")

    async def flaky(self, delivery):
        """Fails twice, then takes it."""
        await asyncio.sleep(CHANCE.random() * 0.02)
        tries[delivery] = tries.get(delivery, 0) + 1
        self.answer(200 if tries[delivery] > 2 else CHANCE.choice([500, 503]))

    async def refusing(self, delivery):
        self.answer(500)

    async def hang(self, delivery):
        await asyncio.sleep(3600)

    async def reset(self, delivery):
        # Closes so that the peer is told by an RST and not by an orderly end.
        linger = self.transport.get_extra_info("socket")
        linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.abort("closed")

    async def slow(self, delivery):
        text = b"HTTP/1.1 200 Sink\r\nContent-Length: 5\r\n\r\nslow!"
        for position in range(len(text)):
            if position == len(text) - 1:
                self.answered(200)
            self.transport.write(text[position:position + 1])
            await asyncio.sleep(0.02)

    async def huge(self, delivery):
        self.answered(200)
        self.transport.write(b"HTTP/1.1 200 Sink\r\nContent-Length: %d\r\n\r\n" % HUGE_BYTES)
        for _ in range(HUGE_BYTES // len(CHUNK)):
            self.transport.write(CHUNK)
            await self.can_write.wait()


async def control(reader, writer):
    while line := await reader.readline():
        order = json.loads(line)
        sprung = Trap.set(order["trap"], order["workers"])
        try:
            worker = await asyncio.wait_for(asyncio.shield(sprung), order["seconds"])
        except asyncio.TimeoutError:
            Trap.kind = worker = None
        writer.write(json.dumps({"worker": worker}).encode() + b"\n")


async def main():
    listening = socket.socket()
    # Small, so that a large request arrives in parts.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 10)
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.get_running_loop().create_server(Request, sock=listening, backlog=1024)
    await asyncio.start_unix_server(control, os.path.join(DIRECTORY, "sink.sock"))
    with open(os.path.join(DIRECTORY, "port.new"), "w") as file:
        file.write(str(listening.getsockname()[1]))
    os.rename(os.path.join(DIRECTORY, "port.new"), os.path.join(DIRECTORY, "port"))
    await server.serve_forever()


asyncio.run(main())
