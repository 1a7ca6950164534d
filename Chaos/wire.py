"""As much of MariaDB's protocol as it takes to see what a connection is doing.

https://mariadb.com/kb/en/clientserver-protocol/: packets have a length of three bytes and a number; a command is number 0.
"""

QUERY, PREPARE, EXECUTE, BULK = 0x03, 0x16, 0x17, 0xFA
SENDS_TYPES = 128
# A flag of the server's status: another answer follows.
MORE_ANSWERS = 8
# How many bytes a bound value of a numeric type takes; all other types carry their own length.
WIDTHS = {1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 8: 8, 9: 4, 13: 2}


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


def is_last_answer(data):
    """Whether `data` ends with an answer that no other follows: a script is answered once for each of its statements."""
    if data[4] == 0xFF or data[-11:-8] != b"\x07\0\0":
        return True
    return not int.from_bytes(data[-4:-2], "little") & MORE_ANSWERS


def bound_rows(payload, columns):
    """The values of each row that a BULK command binds, as integers and texts.

    Returns None where the types were sent with an earlier command.
    """
    flags = int.from_bytes(payload[5:7], "little")
    if not flags & SENDS_TYPES:
        return None
    types = [payload[7 + 2 * column] for column in range(columns)]
    position = 7 + 2 * columns
    rows = []
    while position < len(payload):
        row = []
        for kind in types:
            indicator = payload[position]
            position += 1
            if indicator:
                row.append(None)
            elif width := WIDTHS.get(kind):
                row.append(int.from_bytes(payload[position:position + width], "little", signed=True))
                position += width
            else:
                length, position = length_of(payload, position)
                row.append(payload[position:position + length].decode(errors="replace"))
                position += length
        rows.append(row)
    return rows


def length_of(payload, position):
    """Reads a length-encoded integer. Returns it and the position behind it."""
    first = payload[position]
    if first < 0xFB:
        return first, position + 1
    size = {0xFC: 2, 0xFD: 3, 0xFE: 8}[first]
    return int.from_bytes(payload[position + 1:position + 1 + size], "little"), position + 1 + size
