"""A FastCGI responder that answers what it was sent: a JSON object of parameters, body length and connection number.

Usage: fastcgi_echo.py SOCKET_PATH
"""
import asyncio
import json
import struct
import sys

BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
connections = 0


def name_values(data):
    position, pairs = 0, {}
    while position < len(data):
        lengths = []
        for _ in range(2):
            length = data[position]
            if length & 0x80:
                length = struct.unpack_from(">I", data, position)[0] & 0x7FFFFFFF
                position += 3
            position += 1
            lengths.append(length)
        name = data[position:position + lengths[0]]
        value = data[position + lengths[0]:position + sum(lengths)]
        pairs[name.decode()] = value.decode("latin-1")
        position += sum(lengths)
    return pairs


def record(kind, request, content):
    return struct.pack(">BBHHBB", 1, kind, request, len(content), 0, 0) + content


async def serve(reader, writer):
    global connections
    connections += 1
    number = connections
    try:
        keeps = True
        while keeps:
            parameters, body = b"", b""
            while True:
                _, kind, request, length, padding, _ = struct.unpack(">BBHHBB", await reader.readexactly(8))
                content = (await reader.readexactly(length + padding))[:length]
                if kind == BEGIN_REQUEST:
                    keeps = content[2] & 1
                elif kind == PARAMS:
                    parameters += content
                elif kind == STDIN and content:
                    body += content
                elif kind == STDIN:
                    break
            answer = json.dumps({"parameters": name_values(parameters), "length": len(body), "connection": number})
            head = "Status: 202 Accepted\r\nContent-Type: application/json\r\n\r\n"
            writer.write(
                record(STDOUT, request, (head + answer).encode()) + record(STDOUT, request, b"")
                + record(END_REQUEST, request, bytes(8)))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_unix_server(serve, sys.argv[1])
    await server.serve_forever()


asyncio.run(main())
