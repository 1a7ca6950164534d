"""FastCGI records: truncated, of wrong lengths, versions and kinds, out of order, interleaved."""
import struct

import fastcgi
from kinds.wire import Wire
from mutation import mutated


class Records(Wire):
    name = "fastcgi"

    def change(self, random, data):
        """Half of the inputs are changed record by record, so that what lies behind the framing is reached too."""
        if random.random() < 0.5:
            return mutated(random, data, self.others)
        records = list(split(data))
        for _ in range(random.choice((1, 1, 2, 4))):
            at = random.randrange(len(records))
            random.choice(CHANGES)(random, records, at, self.others)
        return b"".join(records)[:400_000]

    def throw(self, target, data):
        for answer in fastcgi.exchange(target.socket, data):
            if answer.status:
                target.judge(answer.status, answer.body, is_head=not answer.body)


def split(data):
    """The records in `data`, whatever they are worth; what is left at the end is one, too."""
    while len(data) >= fastcgi.HEADER.size:
        _, _, _, size, padding, _ = fastcgi.HEADER.unpack_from(data)
        end = fastcgi.HEADER.size + size + padding
        yield data[:end]
        data = data[end:]
    yield data


def remove(random, records, at, _):
    if len(records) > 1:
        del records[at]


def repeat(random, records, at, _):
    records[at:at] = [records[at]] * random.choice((1, 1, 2, 500))


def move(random, records, at, _):
    records.insert(random.randrange(len(records)), records.pop(at))


def change_header(random, records, at, _):
    """Another version, kind, request or length, the content as it was."""
    record = records[at]
    if len(record) < fastcgi.HEADER.size:
        return
    fields = list(fastcgi.HEADER.unpack_from(record))
    which = random.randrange(5)
    fields[which] = random.choice(VALUES[which])
    records[at] = fastcgi.HEADER.pack(*fields) + record[fastcgi.HEADER.size:]


def change_content(random, records, at, others):
    """Another content, with the length that belongs to it."""
    record = records[at]
    content = mutated(random, record[fastcgi.HEADER.size:], others)[:0xffff]
    if len(record) >= fastcgi.HEADER.size:
        version, kind, number, _, _, reserved = fastcgi.HEADER.unpack_from(record)
        records[at] = fastcgi.HEADER.pack(version, kind, number, len(content), 0, reserved) + content


def add_pair(random, records, at, _):
    """A parameter with lengths of its own choosing, or many honest ones."""
    content = random.choice((
        struct.pack(">II", 0x80000000 | random.getrandbits(31), 0x80000000 | random.getrandbits(31)) + b"NAME",
        b"\x80", b"\xff\xff\xff", fastcgi.pair(b"HTTP_X" + random.randbytes(3), random.randbytes(200)) * random.choice((1, 300)),
        fastcgi.pair(b"CONTENT_LENGTH", random.choice((b"", b"-1", b"-2", b"9" * 30, b"+3", b"1e3", b" 5"))),
        fastcgi.pair(b"REQUEST_URI", random.choice((b"", b"?", b"://", b"x://?", b"/" * 9000, b"/events/" + b"9" * 30, b"/events/-1")))))
    records.insert(at, fastcgi.record(fastcgi.PARAMS, content))


CHANGES = [remove, repeat, move, change_header, change_header, change_content, change_content, add_pair]
VALUES = [(0, 2, 255), tuple(range(12)) + (99, 255), (0, 1, 2, 3, 255, 256, 65535), (0, 1, 7, 8, 9, 255, 1025, 65535), (0, 1, 7, 255)]
