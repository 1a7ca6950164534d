"""Stands between Recado and MariaDB and does harm at the moments that it is told.

Usage: proxy.py DIRECTORY JOURNAL SERVER_SOCKET

Listens on DIRECTORY/db.sock, and for orders on DIRECTORY/proxy.sock, one JSON object a line:

    {"point": "work:before-settle-commit", "action": "kill", "seconds": 5}    once, at the next such moment
    {"now": "cut", "role": "work"}                                             at once, to all connections of a role

A point is a role (serve, work, process_events) and a moment: before-D-commit, after-D-commit, mid-D or during-D, where D is accept,
route, claim or settle. "After" is when the server has answered and its answer is not yet passed on; "mid" is before the
statement that does D, "during" when that was answered.

    kill            kill -9 of the process; what it sent is passed on only if it had been before
    kill-database   kill -9 of the server
    lose            the server's answer never arrives: the connection ends instead
    tear            the server's answer breaks off before its end
    cut             the connection ends on both sides
    half-open       the client's side ends, the server is not told for a while: its transaction stays, with its locks
    freeze          nobody is told; nothing goes through any more

Each commit of settled deliveries is written down with its deliveries, when the server has answered it.
"""
import asyncio
import json
import os
import signal
import socket
import struct
import sys

import duty
import wire
from journal import Journal

DIRECTORY, JOURNAL, SERVER = sys.argv[1], Journal(sys.argv[2]), sys.argv[3]
# How long a connection stays half open or frozen before everybody is told.
SILENCE_SECONDS = 12

# Of an answer with rows, this is in the last row.
TORN_BYTES = 12


class Orders:
    """What is to happen, and at which point. One at a time."""
    point = action = done = None
    database = 0

    @classmethod
    def set(cls, point, action, database):
        cls.point, cls.action, cls.database = point, action, database
        cls.done = asyncio.get_running_loop().create_future()

    @classmethod
    def take(cls, point):
        if point != cls.point:
            return None
        cls.point = None
        return cls.action


links = set()


class Link:
    """A client's connection and its counterpart to the server."""

    def __init__(self, client):
        self.client = client
        self.server = None
        credentials = client.transport.get_extra_info("socket").getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self.pid, _, _ = struct.unpack("3i", credentials)
        self.role = role_of(self.pid)
        self.statements = {}
        self.transaction = duty.Transaction()
        # What the answer that is awaited means: a statement that is being prepared, the deliveries that a COMMIT settles; and
        # what is to be done when it is there, with the point that says so.
        self.preparing = None
        self.committing = None
        self.harming = None
        self.is_frozen = False

    # From the client.

    def command(self, number, payload):
        """Looks at a packet of the client's. Returns whether it is to be passed on."""
        if number != 0 or not payload:
            return True
        self.preparing = self.committing = self.harming = None
        kind = payload[0]
        if kind == wire.QUERY:
            return self.query(payload[1:64].decode(errors="replace"))
        if kind == wire.PREPARE:
            self.preparing = payload[1:].decode(errors="replace")
        elif kind in (wire.EXECUTE, wire.BULK):
            return self.execute(kind, payload)
        return True

    def query(self, sql):
        if sql.startswith("START TRANSACTION"):
            self.transaction.begin()
        elif sql == "ROLLBACK":
            self.transaction.end()
        elif sql == "COMMIT":
            return self.commit(self.transaction.duty)
        return True

    def execute(self, kind, payload):
        sql = self.statements.get(wire.statement_number(payload), "")
        mark = duty.duty_of(sql)
        if not mark:
            return True
        if duty.is_history(sql):
            rows = wire.bound_rows(payload, columns=8)
            self.transaction.attempts += [[row[0], row[1], row[2], row[3]] for row in rows]
        if not self.transaction.is_open:
            return self.commit(mark)
        is_new = mark not in self.transaction.duties
        self.transaction.duties.add(mark)
        if not is_new:
            return True
        self.await_answer(f"{self.role}:during-{self.transaction.duty}")
        return self.pass_point(f"{self.role}:mid-{self.transaction.duty}")

    def commit(self, mark):
        if not self.pass_point(f"{self.role}:before-{mark}-commit"):
            return False
        self.committing = self.transaction.attempts
        self.await_answer(f"{self.role}:after-{mark}-commit")
        self.transaction.end()
        return True

    def await_answer(self, point):
        action = Orders.take(point)
        if action:
            self.harming = (action, point)

    def pass_point(self, point):
        """Whether nothing happens here."""
        action = Orders.take(point)
        if action:
            self.harm(action, point)
        return not action

    # From the server.

    def answer(self, data):
        """Looks at bytes of the server's. Returns whether they are to be passed on."""
        if self.is_frozen:
            return False
        if self.preparing is not None:
            if data[4] == 0:
                self.statements[wire.statement_number(data[4:])] = self.preparing
            self.preparing = None
            return True
        attempts, self.committing = self.committing, None
        if attempts and data[4] != 0xFF:
            JOURNAL.write("settled", pid=self.pid, rows=attempts)
        if self.harming:
            (action, point), self.harming = self.harming, None
            if action == "tear":
                self.client.transport.write(data[:-TORN_BYTES])
            self.harm(action, point)
            return False
        if attempts is not None and self.client.transport.is_closing():
            self.end()
        return True

    # Harm.

    def harm(self, action, point):
        if action == "kill":
            os.kill(self.pid, signal.SIGKILL)
        elif action == "kill-database":
            os.kill(Orders.database, signal.SIGKILL)
        JOURNAL.write("fault", fault=f"{point}:{action}", pid=self.pid, kills=int(action.startswith("kill")),
                      seconds=lasting(action))
        if not Orders.done.done():
            Orders.done.set_result(self.pid)
        self.hurt(action)

    def hurt(self, action):
        """Ends the connection in one way or another."""
        later = asyncio.get_running_loop().call_later
        if action == "freeze":
            self.is_frozen = True
            self.client.transport.pause_reading()
            later(SILENCE_SECONDS, self.end)
        elif action == "half-open":
            self.is_frozen = True
            self.client.transport.abort()
            later(SILENCE_SECONDS, self.end)
        else:
            self.end()

    def lost(self):
        """One side has ended by itself: so does the other, once it is known what became of a COMMIT under way."""
        is_committing = self.committing is not None and not self.server.transport.is_closing()
        if not self.is_frozen and not is_committing:
            self.end()

    def end(self):
        links.discard(self)
        self.client.transport.close()
        if self.server:
            self.server.transport.close()


class Client(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray()
        self.link = Link(self)
        links.add(self.link)
        self.opening = asyncio.ensure_future(self.open())

    async def open(self):
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: Server(self.link), SERVER)
        except OSError:
            self.link.end()

    def data_received(self, data):
        self.buffer += data
        for number, payload in wire.take_packets(self.buffer):
            if not self.link.is_frozen and self.link.command(number, payload) and self.link.server:
                self.link.server.transport.write(wire.framed(number, payload))

    def connection_lost(self, error):
        self.link.lost()


class Server(asyncio.Protocol):
    def __init__(self, link):
        self.link = link

    def connection_made(self, transport):
        self.transport = transport
        self.link.server = self
        if self.link.client.transport.is_closing():
            transport.abort()

    def data_received(self, data):
        if self.link.answer(data) and not self.link.client.transport.is_closing():
            self.link.client.transport.write(data)

    def connection_lost(self, error):
        self.link.lost()


def lasting(action):
    """For how many seconds a fault works on."""
    return SILENCE_SECONDS if action in ("freeze", "half-open") else 0


def role_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return (file.read().split(b"\0") + [b""])[1].decode()
    except OSError:
        return ""


async def control(reader, writer):
    while line := await reader.readline():
        order = json.loads(line)
        if "now" in order:
            hit = [link for link in links if link.role == order["role"]]
            for link in hit:
                JOURNAL.write("fault", fault=f"{link.role}:{order['now']}", pid=link.pid, kills=0,
                              seconds=lasting(order["now"]))
                link.hurt(order["now"])
            answer = len(hit)
        else:
            Orders.set(order["point"], order["action"], order.get("database", 0))
            try:
                answer = await asyncio.wait_for(Orders.done, order["seconds"])
            except asyncio.TimeoutError:
                Orders.point = answer = None
        writer.write(json.dumps({"hit": answer}).encode() + b"\n")


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.start_unix_server(control, os.path.join(DIRECTORY, "proxy.sock"))
    server = await loop.create_unix_server(Client, os.path.join(DIRECTORY, "db.sock"))
    await server.serve_forever()


asyncio.run(main())
