"""FastCGI as a web server speaks it, and the answers taken apart (specification 1.0, sections 3 and 8)."""
import contextlib
import socket
import struct

BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, GET_VALUES = 1, 2, 3, 4, 5, 6, 9
HEADER = struct.Struct(">BBHHBB")


class Answer:
    """One request's end: the status is 0 where it was ended without an answer."""

    def __init__(self, request, output, protocol_status):
        self.request = request
        self.protocol_status = protocol_status
        head, _, self.body = output.partition(b"\r\n\r\n")
        self.headers = {name.lower(): value for name, _, value in
                        (line.partition(": ") for line in head.decode("latin-1").split("\r\n"))}
        self.status = int(self.headers.get("status", "200").split()[0]) if output else 0


def record(kind, content=b"", request=1, version=1, padding=0):
    return HEADER.pack(version, kind, request, len(content), padding, 0) + content + bytes(padding)


def begin(request=1, keep=True, role=1):
    return record(BEGIN_REQUEST, struct.pack(">HB5x", role, keep), request)


def pair(name, value):
    return length(len(name)) + length(len(value)) + name + value


def length(count):
    return bytes([count]) if count < 0x80 else struct.pack(">I", count | 0x80000000)


def stream(kind, content, request=1, cut=0xffff):
    """`content` in records, with the empty one that ends it."""
    records = [record(kind, content[at:at + cut], request) for at in range(0, len(content), cut)]
    return b"".join(records) + record(kind, request=request)


def request(method, uri, body=b"", number=1, keep=False, headers=None):
    parameters = {"REQUEST_METHOD": method, "REQUEST_URI": uri, "CONTENT_LENGTH": str(len(body)), **(headers or {})}
    pairs = b"".join(pair(name.encode(), value.encode()) for name, value in parameters.items())
    return begin(number, keep) + stream(PARAMS, pairs, number) + stream(STDIN, body, number)


def connect(path, patience):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(patience)
    connection.connect(path)
    return connection


def exchange(path, data, patience=15):
    """Sends `data`, then that nothing more comes, and returns the answers up to the end of the connection."""
    with connect(path, patience) as connection:
        # Whoever does not like what comes closes before it is all sent.
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        return answers(received(connection))


def received(connection):
    """Everything up to the end of a connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            data += piece
    return data


def answers(data):
    """The answers in what came over a connection. Raises ValueError where it is no FastCGI."""
    ended, outputs, position = [], {}, 0
    while position < len(data):
        if len(data) - position < HEADER.size:
            raise ValueError("a record's header is cut off")
        version, kind, number, size, padding, _ = HEADER.unpack_from(data, position)
        content = data[position + HEADER.size:position + HEADER.size + size]
        position += HEADER.size + size + padding
        if version != 1 or position > len(data):
            raise ValueError("a record is cut off or of another version")
        if kind == STDOUT:
            outputs[number] = outputs.get(number, b"") + content
        elif kind == END_REQUEST:
            ended.append(Answer(number, outputs.pop(number, b""), content[4]))
    if outputs:
        raise ValueError("an answer does not end")
    return ended
