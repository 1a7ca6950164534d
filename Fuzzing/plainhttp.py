"""HTTP/1.1 as raw bytes, and the answers taken apart."""
import contextlib
import re
import socket
import threading

STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3})[^\r\n]*\r\n")


def exchange(port, data, patience=15):
    """Sends `data`, then that nothing more comes, and reads meanwhile: who is refused in the middle is told so at once.

    Returns (status, body) of each answer, and whether the connection was reset.
    """
    with socket.create_connection(("127.0.0.1", port), patience) as connection:
        is_reset = threading.Event()
        sender = threading.Thread(target=send, args=(connection, data, is_reset))
        sender.start()
        received = b""
        try:
            while piece := connection.recv(1 << 16):
                received += piece
        except ConnectionResetError:
            is_reset.set()
        finally:
            # Whoever is still sending is let go.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            sender.join()
        return answers(received), is_reset.is_set()


def send(connection, data, is_reset):
    """A reset is told once, to whoever reads or sends."""
    try:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except ConnectionResetError:
        is_reset.set()
    except OSError:
        pass


def answers(data):
    """The answers in what came over a connection. One without a body is told by another answer, or nothing, behind it."""
    found = []
    while data:
        line = STATUS_LINE.match(data)
        if not line:
            raise ValueError(f"no answer begins so: {data[:80]!r}")
        head, end, rest = data[line.end():].partition(b"\r\n\r\n")
        if not end:
            raise ValueError(f"an answer's head does not end: {data[:200]!r}")
        length = re.search(rb"(?im)^content-length: *(\d+)\r?$", head)
        size = int(length[1]) if length else 0
        if not rest or STATUS_LINE.match(rest):
            size = 0
        if len(rest) < size:
            raise ValueError(f"an answer is cut off: {data[:200]!r}")
        found.append((int(line[1]), rest[:size]))
        data = rest[size:]
    return found
