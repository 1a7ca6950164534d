"""What libfcgi by itself cannot bear: each weakness against the running responder.

By itself it ends the process on lengths whose sum passes 2^31 (the fix for CVE-2025-23016 included), keeps PARAMS without
bound, waits for ever for whatever is missing, and holds a thread for each of those who make it wait.
"""
import concurrent.futures
import contextlib
import socket
import time

import fastcgi
from processes import Failed
from target import GOOD_HEADERS, Neighbour

# For what is wrong, and for what is merely missing: the responder waits 10 s for that.
AT_ONCE, PATIENTLY = 2, 14


def parameters(content):
    return fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, content) + fastcgi.record(fastcgi.PARAMS)


def head(keep=True):
    pairs = {"REQUEST_METHOD": "POST", "REQUEST_URI": "/dispatch", **GOOD_HEADERS}
    content = b"".join(fastcgi.pair(name.encode(), value.encode()) for name, value in pairs.items())
    return fastcgi.begin(keep=keep) + fastcgi.stream(fastcgi.PARAMS, content)


def name_and_value(name, value):
    """Two lengths of four bytes each, which say more than comes."""
    return (name | 1 << 31).to_bytes(4, "big") + (value | 1 << 31).to_bytes(4, "big") + b"NAMEvalue"


# What is sent on a connection that then stays open, and within how many seconds the responder must have closed it.
CLOSED = {
    "lengths of 2^30 and 2^30": (parameters(name_and_value(1 << 30, 1 << 30)), AT_ONCE),
    "lengths of 2^31 - 2 and 2": (parameters(name_and_value((1 << 31) - 2, 2)), AT_ONCE),
    "lengths of 2^31 - 1 each": (parameters(name_and_value((1 << 31) - 1, (1 << 31) - 1)), AT_ONCE),
    "a length of 2^31 - 1 and none": (parameters(name_and_value((1 << 31) - 1, 0)), AT_ONCE),
    "lengths in many records": (fastcgi.begin() + b"".join(
        fastcgi.record(fastcgi.PARAMS, bytes([byte])) for byte in name_and_value(1 << 30, 1 << 30)), AT_ONCE),
    "64 MiB of parameters": (fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, fastcgi.pair(b"HTTP_X", bytes(900)) * 70) * 1040,
                             AT_ONCE),
    "another version": (fastcgi.record(fastcgi.BEGIN_REQUEST, bytes(8), version=2), AT_ONCE),
    "a header that stops": (fastcgi.begin()[:5], PATIENTLY),
    "parameters that stop": (fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, bytes(100))[:50], PATIENTLY),
    "parameters that do not end": (fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, fastcgi.pair(b"A", b"b")), PATIENTLY),
    "a question that stops": (fastcgi.record(fastcgi.GET_VALUES, fastcgi.pair(b"FCGI_MAX_CONNS", b""), 0)[:12], PATIENTLY),
    "padding that does not come": (fastcgi.begin() + fastcgi.record(fastcgi.PARAMS, b"", padding=255)[:-1], PATIENTLY),
    "a body that stops": (head() + fastcgi.record(fastcgi.STDIN, b'{"event":"fuzz.never","payload":1}'), PATIENTLY),
}


class Traps:
    name = "traps"
    # They are what they are: nothing is changed.
    inputs_per_batch = 0
    seeds = list(CLOSED)

    def run(self, target, _):
        with Neighbour(target), concurrent.futures.ThreadPoolExecutor(64) as pool, contextlib.ExitStack() as stack:
            # libfcgi would need a thread for each of them.
            for number in range(300):
                kept = stack.enter_context(fastcgi.connect(target.socket, 15))
                kept.sendall(fastcgi.begin()[:number % 8])
            trapped = [pool.submit(self.is_closed, target, name, *trap) for name, trap in CLOSED.items()]
            trapped += [pool.submit(self.is_closed, target, f"slow body {number}", *CLOSED["a body that stops"])
                        for number in range(40)]
            self.answers_unpadded_question(target)
            self.answers_an_authorizer(target)
            self.goes_on_after_an_abort(target)
            for each in trapped:
                each.result()
        target.check()

    def is_closed(self, target, name, data, seconds):
        """Sends, waits, and wants to see the end; an answer before it is one, where it was a body that stopped."""
        began = time.monotonic()
        with fastcgi.connect(target.socket, seconds) as connection:
            try:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(data)
                answers = fastcgi.answers(fastcgi.received(connection))
            except TimeoutError:
                raise Failed(f"{name}: still open after {time.monotonic() - began:.0f} s") from None
        if any(answer.status != 400 for answer in answers):
            raise Failed(f"{name}: was answered {[answer.status for answer in answers]}")

    def answers_unpadded_question(self, target):
        with fastcgi.connect(target.socket, AT_ONCE) as connection:
            names = b"".join(fastcgi.pair(name, b"") for name in (b"FCGI_MAX_CONNS", b"FCGI_MAX_REQS", b"FCGI_MPXS_CONNS"))
            connection.sendall(fastcgi.record(fastcgi.GET_VALUES, names * 12, 0))
            expect(fastcgi.GET_VALUES + 1, connection, "GET_VALUES")

    def answers_an_authorizer(self, target):
        answers = fastcgi.exchange(target.socket, fastcgi.begin(keep=False, role=2) + head()[16:])
        if (found := [(answer.status, answer.protocol_status) for answer in answers]) != [(0, 3)]:
            raise Failed(f"an authorizer was not told that there is none, but {found}")

    def goes_on_after_an_abort(self, target):
        """The request is ended at once, not with its connection, and another one is served on it."""
        with fastcgi.connect(target.socket, AT_ONCE) as connection:
            connection.sendall(head() + fastcgi.record(fastcgi.STDIN, b"{") + fastcgi.record(fastcgi.ABORT_REQUEST))
            expect(fastcgi.END_REQUEST, connection, "ABORT", size=16)
            try:
                connection.sendall(fastcgi.request("GET", "/health", number=2))
                connection.shutdown(socket.SHUT_WR)
                found = [answer.status for answer in fastcgi.answers(fastcgi.received(connection))]
            except (OSError, ValueError) as problem:
                raise Failed(f"the connection does not go on after an abort: {problem!r}") from None
            if found != [200]:
                raise Failed(f"the connection does not go on after an abort: it was answered {found}")


def expect(kind, connection, question, size=8):
    """Takes `size` bytes, which must begin with the header of a record of `kind`."""
    try:
        data = connection.recv(size)
    except OSError as problem:
        raise Failed(f"{question} is not answered: {problem!r}") from None
    if data[1:2] != bytes([kind]):
        raise Failed(f"{question} is answered by {data!r}")
