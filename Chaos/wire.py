"""As much of MariaDB's protocol as it takes to see what a connection is doing.

https://mariadb.com/kb/en/clientserver-protocol/: packets have a length of three bytes and a number; a command is number 0.
"""

QUERY, PREPARE, EXECUTE, BULK = 0x03, 0x16, 0x17, 0xFA
# What a packet of an answer begins with.
OK, END, ERROR = 0x00, 0xFE, 0xFF
# A flag of the server's status: another answer follows.
MORE_ANSWERS = 8


def take_packets(buffer):
    """Removes the whole packets from the front of `buffer`. Yields number and payload of each."""
    position = 0
    while len(buffer) - position >= 4:
        length = int.from_bytes(buffer[position:position + 3], "little")
        if len(buffer) - position - 4 < length:
            break
        yield buffer[position + 3], bytes(buffer[position + 4:position + 4 + length])
        position += 4 + length
    del buffer[:position]


def framed(number, payload):
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


def statement_number(payload):
    """Of an EXECUTE or BULK command, or of the answer to a PREPARE."""
    return int.from_bytes(payload[1:5], "little")


class Answers:
    """Follows what the server answers to one command, however it comes in: a script is answered once for each of its statements."""

    def __init__(self):
        self.buffer = bytearray()
        self.is_over = False
        # Whether a statement failed, and with it what was to come behind.
        self.has_failed = False
        # How many packets that end a part of the answer are still to come: after the columns, and after the rows.
        self.ends = 0

    def take(self, data):
        self.buffer += data
        for _, payload in take_packets(self.buffer):
            self.take_packet(payload)

    def take_packet(self, payload):
        kind = payload[0]
        if kind == ERROR:
            self.is_over = self.has_failed = True
        elif self.ends == 0 and kind == OK:
            self.end(payload[after_lengths(payload, 1, count=2):])
        elif self.ends == 0:
            self.ends = 2
        elif kind == END and len(payload) < 9:
            self.ends -= 1
            if self.ends == 0:
                self.end(payload[3:])

    def end(self, status):
        self.is_over = not int.from_bytes(status[:2], "little") & MORE_ANSWERS


def after_lengths(payload, position, count):
    """The position behind so many length-encoded integers."""
    for _ in range(count):
        position += {0xFC: 3, 0xFD: 4, 0xFE: 9}.get(payload[position], 1)
    return position
