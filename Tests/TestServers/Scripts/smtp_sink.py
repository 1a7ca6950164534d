"""A mail server that keeps every mail as a file, and refuses what it is told to refuse.

Usage: smtp_sink.py DIRECTORY [--port N] [--user NAME --password SECRET] [--starttls | --tls] [--certificate FILE --key FILE]

Writes DIRECTORY/port when it listens on 127.0.0.1. Mail number N is DIRECTORY/mails/N.eml as it came over the wire, its
envelope DIRECTORY/mails/N.json, which is written last. DIRECTORY/control.json ({"address": "451 4.2.1 Try later"}), which
may change at any time, says what a recipient is answered; "DATA" in the place of an address answers whole mails.
"""
import argparse
import asyncio
import json
import os
import ssl

from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument("directory")
options.add_argument("--port", type=int, default=0)
options.add_argument("--user")
options.add_argument("--password")
options.add_argument("--starttls", action="store_true")
options.add_argument("--tls", action="store_true")
options.add_argument("--certificate")
options.add_argument("--key")
options = options.parse_args()

MAILS = os.path.join(options.directory, "mails")
os.mkdir(MAILS)


def write(path, content):
    with open(path + ".new", "wb") as file:
        file.write(content)
    os.rename(path + ".new", path)


def refusal(what):
    try:
        with open(os.path.join(options.directory, "control.json")) as file:
            return json.load(file).get(what)
    except FileNotFoundError:
        return None


class Handler:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        refused = refusal(address)
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        refused = refusal("DATA")
        if refused:
            return refused
        Handler.count += 1
        path = os.path.join(MAILS, f"{Handler.count:06}")
        write(path + ".eml", envelope.original_content)
        write(path + ".json", json.dumps({
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
            "isEncrypted": options.tls or session.ssl is not None,
            "isAuthenticated": bool(session.authenticated),
        }).encode())
        return "250 Kept"


def authenticate(server, session, envelope, mechanism, data):
    is_right = (data.login.decode(), data.password.decode()) == (options.user, options.password)
    return AuthResult(success=is_right, handled=is_right)


async def main():
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    loop = asyncio.get_running_loop()

    def session():
        return SMTP(
            Handler(), hostname="sink.localhost", enable_SMTPUTF8=True, loop=loop,
            tls_context=context if options.starttls else None, require_starttls=options.starttls,
            auth_required=options.user is not None, auth_require_tls=options.starttls,
            authenticator=authenticate if options.user else None)

    server = await loop.create_server(session, "127.0.0.1", options.port, ssl=context if options.tls else None)
    write(os.path.join(options.directory, "port"), str(server.sockets[0].getsockname()[1]).encode())
    await server.serve_forever()


asyncio.run(main())
