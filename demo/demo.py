"""The main job on real parts: demo.py RECADO

MariaDB, nginx, PHP, a mail server and a webhook receiver, all private to this run and gone after it. A PHP script dispatches an
appointment; the mail and the webhook call that it becomes are shown, then a webhook that fails at first, then the worker
as cron runs it.
"""
import base64
import contextlib
import email
import email.policy
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.append(os.path.join(HERE, "..", "harness"))

import processes as harness
from database import Database
from processes import STOPPING, Failed, end_when_told
from web import IS_ROOT, Web, accepts, free_port

ROOT = os.path.dirname(HERE)
SINKS = os.path.join(ROOT, "Tests", "TestServers", "Scripts")
KEY = secrets.token_hex(16)
SIGNING_KEY = secrets.token_bytes(32)


@contextlib.contextmanager
def undisturbed():
    """Lets the signals that end the demo wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Processes(harness.Processes):
    def start(self, name, command, **options):
        # A signal in between would leave a process that nobody knows of. Ctrl-C is for the demo alone, which ends the others.
        with undisturbed():
            return super().start(name, command, start_new_session=True,
                                 preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING), **options)


recado = os.path.abspath(sys.argv[1])
place = tempfile.mkdtemp(prefix="recado-demo-")
processes = Processes(place)
database = Database(processes, place, settings=["--skip-networking", "--character-set-server=utf8mb4"])


def say(title):
    print(f"\n\033[1m== {title}\033[0m" if sys.stdout.isatty() else f"\n== {title}", flush=True)


def path(*parts):
    return os.path.join(place, *parts)


def wait_for(what, condition):
    """Waits, but not for what has died."""
    def result():
        for name, process in processes.running:
            if process.poll() is not None:
                raise Failed(f"{name} ended with {process.returncode}: {processes.tail(name)}")
        return condition()
    return harness.wait_for(what, result, seconds=30, pause=0.05)


def run(name, *command, **options):
    return processes.run(name, command, **options)[0]


def client(*arguments):
    return ["mariadb", "--no-defaults", "-S", database.socket, "-u", "root", *arguments]


def sql(statement):
    return run("sql", *client("--table", "recado", "-e", statement))


def start_database():
    if IS_ROOT:
        # The servers give up root and must still get in.
        os.chmod(place, 0o755)
    # The script that installs it starts a server, which would outlive the script.
    with undisturbed():
        database.install()
    database.launch()
    wait_for("MariaDB", lambda: subprocess.run(client("-e", "SELECT 1"), capture_output=True).returncode == 0)
    run("sql", *client("-e", "CREATE DATABASE recado"))


def start_sink(script, directory):
    os.mkdir(path(directory))
    processes.start(directory, ["/usr/bin/python3", os.path.join(SINKS, script), path(directory)])

    def port():
        try:
            return int(open(path(directory, "port")).read())
        except (FileNotFoundError, ValueError):
            return None
    return wait_for(directory, port)


def start_nginx():
    port = free_port()
    with open(os.path.join(ROOT, "docs", "web-servers", "nginx.conf")) as file:
        site = file.read().replace("/run/recado/recado.sock", path("recado.sock")).replace("127.0.0.1:8026", f"127.0.0.1:{port}")
    Web(processes, place).nginx("nginx", site, workers=1)
    wait_for("nginx", lambda: accepts(port))
    return f"http://127.0.0.1:{port}"


def write_configuration(smtp_port, hook_port):
    secret = "whsec_" + base64.b64encode(SIGNING_KEY).decode()
    with open(path("recado.yaml"), "w") as file:
        file.write(f"""
database: {{socket: {database.socket}, user: root, name: recado}}
server:
  fastcgi: unix:{path("recado.sock")}
  # Started by root, nginx's workers are another user.
  socket_mode: "0666"
  keys: [{{name: app, key: {KEY}, purposes: [dispatch, read]}}]
worker:
  runtime_directory: {path("run")}
  retry_delays: [0s, 1s, 2s]
log: {{format: json}}
templates: {{directory: {os.path.join(ROOT, "config", "templates")}}}
event_listeners:
  appointment.saved: [mail, crm]
  invoice.paid: [shaky]
listeners:
  mail:
    type: email
    host: 127.0.0.1
    port: {smtp_port}
    security: none
    from: appointments@clinic.example
    base_url: https://clinic.example
  crm:
    type: webhook
    url: http://127.0.0.1:{hook_port}/crm
    format: evolution
    secret: {secret}
    allow_private_addresses: true
  shaky:
    type: webhook
    url: http://127.0.0.1:{hook_port}/shaky?status=500,503,200
    allow_private_addresses: true
""")


def mails():
    directory = path("smtp", "mails")
    return sorted(name for name in os.listdir(directory) if name.endswith(".json"))


def show_mails():
    for name in mails():
        with open(path("smtp", "mails", name.replace(".json", ".eml")), "rb") as file:
            mail = email.message_from_binary_file(file, policy=email.policy.default)
        for header in ("From", "To", "Subject", "Message-ID"):
            print(f"{header}: {mail[header]}")
        print()
        print("    " + mail.get_body(("plain",)).get_content().strip().replace("\n", "\n    "))
        print("-" * 60)


def requests(on):
    try:
        with open(path("hooks", "requests.jsonl")) as file:
            return [r for r in map(json.loads, file) if r["path"].split("?")[0] == on]
    except FileNotFoundError:
        return []


def show_call(request):
    headers = {name.lower(): value for name, value in dict(request["headers"]).items()}
    body = base64.b64decode(request["body"])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(SIGNING_KEY, signed, hashlib.sha256).digest()).decode()
    print(f"POST {request['path']}")
    for name in sorted(headers):
        if name.startswith(("webhook-", "x-", "content-type", "user-agent")):
            print(f"{name}: {headers[name]}")
    print("\n    " + json.dumps(json.loads(body), indent=2, ensure_ascii=False)[:600].replace("\n", "\n    ") + "\n    ...")
    verified = hmac.compare_digest(expected, headers["webhook-signature"])
    print(f"signature (Standard Webhooks, HMAC-SHA256): {'verified' if verified else 'WRONG'}")
    if not verified:
        raise Failed("the signature is wrong")


def demonstrate():
    say("Starting MariaDB, a mail server, a webhook receiver, nginx, the responder and a worker")
    start_database()
    write_configuration(start_sink("smtp_sink.py", "smtp"), start_sink("webhook_sink.py", "hooks"))
    print(run("migrate", recado, "migrate", "--config", path("recado.yaml")), end="")
    processes.start("serve", [recado, "serve", "--config", path("recado.yaml")])
    wait_for("the responder", lambda: os.path.exists(path("recado.sock")))
    worker = processes.start("work", [recado, "work", "--config", path("recado.yaml")])
    url = start_nginx()

    say("A PHP script dispatches appointment.saved through nginx and FastCGI")
    # Errors to stderr, which is logged.
    book = ["php", "-ddisplay_errors=stderr", os.path.join(HERE, "book.php"), url, KEY, os.path.join(HERE, "appointment.json")]
    print(run("book", *book), end="")

    wait_for("two mails", lambda: len(mails()) >= 2)
    say("The mails that arrived: customer and provider, each in their language and time zone")
    show_mails()

    say("The webhook call that arrived")
    show_call(wait_for("the webhook call", lambda: requests("/crm"))[0])

    say("A webhook that fails twice is tried again, and nothing else with it")
    print(run("curl", "curl", "-sS", url + "/dispatch", "-H", f"Authorization: Bearer {KEY}",
              "-d", '{"event":"invoice.paid","payload":{"invoice":"2026-0042"}}'), end="")
    wait_for("the third try", lambda: len(requests("/shaky")) >= 3)
    first = requests("/shaky")[0]["time"]
    for request, answer in zip(requests("/shaky"), (500, 503, 200)):
        headers = {name.lower(): value for name, value in dict(request["headers"]).items()}
        print(f"attempt {headers['x-delivery-attempt']} after {request['time'] - first:4.1f} s: answered {answer}")

    say("The worker as cron runs it: no daemon, an empty environment, another directory")
    processes.stop(worker)
    print(run("book", *book), end="")
    print("$ recado process_events 10")
    print(run("process_events", "env", "-i", recado, "process_events", "10", "--config", path("recado.yaml"), cwd="/"), end="")

    say("event_queue")
    wait_for("the last event", lambda: "processing" not in sql("SELECT status FROM event_queue"))
    print(sql("SELECT id, event_name, status, attempts, processed_at FROM event_queue ORDER BY id"), end="")
    print(sql("SELECT event_id, listener, attempt, outcome, reason, message FROM delivery_attempt "
              "ORDER BY event_id, finished_at"), end="")


def clean_up(keep_logs):
    """Ends what was started and removes what it wrote."""
    with undisturbed():
        for _, process in reversed(processes.running[:]):
            processes.stop(process)
        if not keep_logs:
            shutil.rmtree(place)
            return
        for entry in list(os.scandir(place)):
            if entry.is_dir():
                shutil.rmtree(entry)
            elif not entry.name.endswith(".log"):
                os.unlink(entry)


def main():
    end_when_told()
    problem = None
    try:
        demonstrate()
    except Failed as failed:
        problem = str(failed)
    except Exception:
        problem = traceback.format_exc()
    finally:
        clean_up(keep_logs=problem)
    if problem:
        raise SystemExit(f"demo: {problem}\ndemo: the logs are in {place}")
    say("Everything is stopped and removed. Next: README.md, a five-minute tour")


main()
