"""HTTP requests to the front that needs no web server."""
import re

import plainhttp
from kinds.wire import Wire
from mutation import mutated


class Requests(Wire):
    name = "http"

    def change(self, random, data):
        if random.random() < 0.1:
            # Pipelined, the second one changed or not.
            data += random.choice(self.seeds)
        if random.random() < 0.3:
            head, separator, body = data.partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            random.choice(CHANGES)(random, lines)
            return b"\r\n".join(lines) + separator + body
        return mutated(random, data, self.others)

    def throw(self, target, data):
        answers, is_reset = plainhttp.exchange(target.port, data)
        if is_reset:
            target.no_answer_known(untold(data, len(answers)))
        for status, body in answers:
            # What is no HTTP is told so by a bare 400: there is no request that could be answered.
            if not (status == 400 and not body):
                target.judge(status, body, is_head=not body)


def untold(data, answered):
    """How many events `data` may have had stored without our being told, after so many answers.

    Answers come in order, so those behind them are left; what merely looks like a request only makes it more.
    """
    left = REQUEST.findall(data)[answered:]
    each = MOST_EVENTS if SEVERAL.search(data) else 1
    return min(sum(method.endswith(b"POST") for method in left) * each, data.count(b"{"))


def target_form(random, lines):
    """Another target, version or method."""
    lines[0] = random.choice((b"POST ", b"GET ", b"HEAD ", b"OPTIONS ", b"CONNECT ", b"post ", b"M-SEARCH ")) + random.choice((
        b"*", b"/", b"//dispatch", b"/dispatch?", b"/dispatch#a", b"http://h/dispatch", b"/%64ispatch", b"/events/" + b"a" * 5000,
        b"/events/%00", b"/events/\xff", b"h:80", b"?", b"/../dispatch", b"/events/-9223372036854775808")) + random.choice((
            b" HTTP/1.1", b" HTTP/1.0", b" HTTP/2.0", b" HTTP/9.9", b"", b" HTTP/1.1 "))


def add_field(random, lines):
    """One more header field, or many."""
    lines.extend([random.choice((
        b"Content-Length: 0", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 5, 5",
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Expect: 100-continue", b"Upgrade: h2c",
        b"Connection: close, upgrade, keep-alive", b"X-Request-ID: " + b"x" * 129, b"X-Request-ID: a b\xff", b"Host: a\r\nHost: b",
        b"Authorization: Bearer ", b": no name", b"no colon", b" folded", b"Content-Type: application/x-ndjson",
        b"Content-Type: " + b"a" * 20_000, b"X: \x00", b"Authorization: bearer corpus-key-of-nobody"))] * random.choice((1, 1, 1, 2, 300)))


def remove_field(random, lines):
    del lines[random.randrange(len(lines))]


CHANGES = [target_form, add_field, add_field, remove_field]
# Whatever may be a request's method, also right behind a body. And what a body of several events has: an array at the beginning of
# a body or a chunk, or a content type of lines.
REQUEST = re.compile(rb"([A-Z-]{3,}) ")
SEVERAL = re.compile(rb"\n\s*\[|x-ndjson|jsonl", re.IGNORECASE)
# server.max_batch
MOST_EVENTS = 50
