"""A connection of Recado to MariaDB: what it is about, and how it is harmed."""
import asyncio
import contextlib
import os
import signal
import socket
import struct

import duty
import wire
from settings import SILENCE_SECONDS

# Of an answer with rows, this is in the last row.
TORN_BYTES = 12


class Link:
    """A client's connection and its counterpart to the server. `orders` says at which point what harm is done."""

    def __init__(self, client, journal, orders):
        self.client = client
        self.journal = journal
        self.orders = orders
        self.server = None
        credentials = client.transport.get_extra_info("socket").getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        self.pid, _, _ = struct.unpack("3i", credentials)
        self.role = role_of(self.pid)
        self.statements = {}
        self.kept = duty.KeptStatements()
        self.transaction = duty.Transaction()
        # A statement that is being prepared, and the deliveries that a COMMIT settles.
        self.preparing = None
        self.committing = None
        # What is to be done when the awaited answer is there, with the point that says so.
        self.harming = None
        self.answers = None
        self.is_frozen = False

    # From the client.

    def command(self, number, payload):
        """Looks at a packet of the client's. Returns whether it is to be passed on."""
        if number != 0 or not payload:
            return True
        self.preparing = self.committing = self.harming = self.answers = None
        kind = payload[0]
        if kind == wire.QUERY:
            return self.query(payload[1:].decode(errors="replace"))
        if kind == wire.PREPARE:
            self.preparing = payload[1:].decode(errors="replace")
        elif kind in (wire.EXECUTE, wire.BULK):
            return self.execute(self.statements.get(wire.statement_number(payload), ""))
        return True

    def query(self, sql):
        """By itself, or a script."""
        if self.kept.take(sql):
            return True
        sql = self.kept.whole(sql)
        if sql.startswith("START TRANSACTION"):
            self.transaction.begin()
        elif sql.startswith("ROLLBACK"):
            self.transaction.end()
        if not self.transaction.is_open:
            return True
        self.transaction.attempts += duty.attempts_in(sql)
        if not sql.endswith("COMMIT"):
            return self.step(sql)
        has_found_nothing = sql == "COMMIT" and self.transaction.duty in duty.LOOKING
        return self.commit(None if has_found_nothing else self.transaction.duty)

    def execute(self, sql):
        """What was prepared; outside a transaction it is committed by itself."""
        if self.transaction.is_open:
            return self.step(sql)
        mark = duty.duty_of(sql)
        return self.commit(mark) if mark else True

    def step(self, sql):
        """In a transaction, and not its COMMIT."""
        if self.transaction.duty:
            return self.pass_point(f"{self.role}:mid-{self.transaction.duty}")
        self.transaction.duty = duty.duty_of(sql)
        if self.transaction.duty:
            self.await_answer(f"{self.role}:during-{self.transaction.duty}")
        return True

    def commit(self, mark):
        if mark and not self.pass_point(f"{self.role}:before-{mark}-commit"):
            return False
        self.committing = self.transaction.attempts
        self.await_answer(f"{self.role}:after-{mark}-commit")
        self.transaction.end()
        return True

    def await_answer(self, point):
        self.answers = wire.Answers()
        action = self.orders.take(point)
        if action:
            self.harming = (action, point)

    def pass_point(self, point):
        """Whether nothing happens here."""
        action = self.orders.take(point)
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
        if self.answers is None:
            return True
        self.answers.take(data)
        if not self.answers.is_over:
            return True
        has_failed, self.answers = self.answers.has_failed, None
        attempts, self.committing = self.committing, None
        if attempts and not has_failed:
            self.journal.write("settled", pid=self.pid, rows=attempts)
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
        victim = {"kill": self.pid, "kill-database": self.orders.database}.get(action)
        if victim:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        self.orders.carried_out(self.pid)
        self.hurt(action, point)

    def hurt(self, action, point):
        """Ends the connection in one way or another, and writes it down."""
        seconds = SILENCE_SECONDS.get(action, 0)
        self.journal.write("fault", fault=f"{point}:{action}", pid=self.pid, kills=int(action.startswith("kill")),
                           seconds=seconds)
        if not seconds:
            self.end()
            return
        self.is_frozen = True
        if action == "freeze":
            self.client.transport.pause_reading()
        else:
            self.client.transport.abort()
        asyncio.get_running_loop().call_later(seconds, self.end)

    def lost(self):
        """One side has ended by itself: so does the other, once it is known what became of a COMMIT under way."""
        is_committing = self.committing is not None and not self.server.transport.is_closing()
        if not self.is_frozen and not is_committing:
            self.end()

    def end(self):
        self.client.transport.close()
        if self.server:
            self.server.transport.close()


def role_of(pid):
    """The command that a process of Recado runs."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return (file.read().split(b"\0") + [b""])[1].decode()
    except OSError:
        return ""
