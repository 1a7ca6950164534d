"""Stands between Recado and MariaDB and does harm at the moments that it is told.

Usage: proxy.py DIRECTORY JOURNAL SERVER_SOCKET

Listens on DIRECTORY/db.sock, and for orders on DIRECTORY/proxy.sock, one JSON object a line:

    {"point": "work:before-settle-commit", "action": "kill", "seconds": 2, "database": 4711}    once, at the next such moment
    {"now": "cut", "role": "work"}    at once, to all connections of a role

A point is a role (serve, work, process_events) and a moment: before-D-commit, after-D-commit, mid-D or during-D, where D is
accept, route, claim, settle, count or lanes: what duty.py tells from the statements. "After" is when the server has answered and
its answer is not yet passed on. "During" is the same for the first script of D. "Mid" is before the next statement, where that
does not commit: the transaction is open on the server, and has locks. A turn that finds nothing to do has no point but "during".

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
import sys

import wire
from journal import Journal
from link import Link

DIRECTORY, JOURNAL, SERVER = sys.argv[1], Journal(sys.argv[2]), sys.argv[3]


class Orders:
    """What is to happen, and at which point. One at a time."""

    def __init__(self):
        self.point = self.action = self.done = None
        self.database = 0

    def set(self, order):
        self.point, self.action, self.database = order["point"], order["action"], order["database"]
        self.done = asyncio.get_running_loop().create_future()

    def take(self, point):
        """What is to be done at this point, if anything; only once."""
        if point != self.point:
            return None
        self.point = None
        return self.action

    def carried_out(self, pid):
        if not self.done.done():
            self.done.set_result(pid)


orders = Orders()
links = set()


class Client(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray()
        self.link = Link(self, JOURNAL, orders)
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
        links.discard(self.link)
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


async def carry_out(order):
    """Returns how many connections were hit at once, or whose process came to the point, if one did in time."""
    if "now" in order:
        hit = [link for link in links if link.role == order["role"]]
        for link in hit:
            link.hurt(order["now"], link.role)
        return len(hit)
    orders.set(order)
    try:
        return await asyncio.wait_for(orders.done, order["seconds"])
    except asyncio.TimeoutError:
        orders.point = None
        return None


async def control(reader, writer):
    while line := await reader.readline():
        writer.write(json.dumps({"hit": await carry_out(json.loads(line))}).encode() + b"\n")


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.start_unix_server(control, os.path.join(DIRECTORY, "proxy.sock"))
    server = await loop.create_unix_server(Client, os.path.join(DIRECTORY, "db.sock"))
    await server.serve_forever()


asyncio.run(main())
