"""The main job on real parts: demo.py RECADO

MariaDB, nginx, PHP, a mail server and a webhook receiver, all private to this run and gone after it. A PHP script dispatches an
appointment; the mail and the webhook call that it becomes are shown, then a webhook that fails at first, then the worker
as cron runs it.
"""
import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SINKS = os.path.join(ROOT, "Tests", "TestServers", "Scripts")
KEY = secrets.token_hex(16)
SIGNING_KEY = secrets.token_bytes(32)

recado = os.path.abspath(sys.argv[1])
place = tempfile.mkdtemp(prefix="recado-demo-")
started = []


def say(title):
    print(f"\n\033[1m== {title}\033[0m" if sys.stdout.isatty() else f"\n== {title}", flush=True)


def path(*parts):
    return os.path.join(place, *parts)


def start(name, command, **options):
    log = open(path(name + ".log"), "wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **options)
    started.append((name, process))
    return process


def stop(process, patience=15):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise SystemExit(f"demo: {what} did not happen within {seconds} s; the logs are in {place}")


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def sql(statement):
    return run("mariadb", "--no-defaults", "-S", path("db.sock"), "-u", "root", "--table", "recado", "-e", statement)


def start_database():
    data = path("mariadb")
    user = ["--user=mysql"] if os.getuid() == 0 else []
    if user:
        os.chmod(place, 0o755)
    run("mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
        "--skip-test-db", *user)
    temporary = path("mariadb-tmp")
    os.mkdir(temporary)
    os.chmod(temporary, 0o777)
    start("mariadbd", ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={data}", f"--tmpdir={temporary}",
                       f"--socket={data}/db.sock", f"--pid-file={data}/pid", "--skip-networking",
                       "--character-set-server=utf8mb4", *user])
    os.symlink(f"{data}/db.sock", path("db.sock"))
    ping = ["mariadb", "--no-defaults", "-S", path("db.sock"), "-u", "root", "-e"]
    wait_for("MariaDB", lambda: subprocess.run(ping + ["SELECT 1"], capture_output=True).returncode == 0)
    run(*ping, "CREATE DATABASE recado")


def start_sink(script, directory):
    os.mkdir(path(directory))
    start(directory, ["/usr/bin/python3", os.path.join(SINKS, script), path(directory)])

    def port():
        try:
            return int(open(path(directory, "port")).read())
        except (FileNotFoundError, ValueError):
            return None
    return wait_for(directory, port)


def start_nginx():
    port = free_port()
    site = open(os.path.join(ROOT, "docs", "web-servers", "nginx.conf")).read()
    site = site.replace("/run/recado/recado.sock", path("recado.sock")).replace("127.0.0.1:8026", f"127.0.0.1:{port}")
    user = "user root;\n" if os.getuid() == 0 else ""
    temporary = "".join(f"  {kind}_temp_path {path('nginx-' + kind)};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(path("nginx.conf"), "w") as file:
        file.write(f"{user}daemon off;\npid {path('nginx.pid')};\nerror_log {path('nginx-error.log')};\n"
                   f"events {{}}\nhttp {{\n  access_log off;\n{temporary}{site}}}\n")
    start("nginx", ["/usr/sbin/nginx", "-c", path("nginx.conf"), "-e", path("nginx-error.log")])

    def answers():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    wait_for("nginx", answers)
    return f"http://127.0.0.1:{port}"


def write_configuration(smtp_port, hook_port):
    secret = "whsec_" + base64.b64encode(SIGNING_KEY).decode()
    with open(path("recado.yaml"), "w") as file:
        file.write(f"""
database: {{socket: {path("db.sock")}, user: root, name: recado}}
server:
  fastcgi: unix:{path("recado.sock")}
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
        raise SystemExit(1)


def demonstrate():
    say("Starting MariaDB, a mail server, a webhook receiver, nginx, the responder and a worker")
    start_database()
    write_configuration(start_sink("smtp_sink.py", "smtp"), start_sink("webhook_sink.py", "hooks"))
    print(run(recado, "migrate", "--config", path("recado.yaml")), end="")
    start("serve", [recado, "serve", "--config", path("recado.yaml")])
    wait_for("the responder", lambda: os.path.exists(path("recado.sock")))
    worker = start("work", [recado, "work", "--config", path("recado.yaml")])
    url = start_nginx()

    say("A PHP script dispatches appointment.saved through nginx and FastCGI")
    book = ["php", os.path.join(ROOT, "demo", "book.php"), url, KEY, os.path.join(ROOT, "demo", "appointment.json")]
    print(run(*book), end="")

    wait_for("two mails", lambda: len(mails()) >= 2)
    say("The mails that arrived: customer and provider, each in their language and time zone")
    show_mails()

    say("The webhook call that arrived")
    show_call(wait_for("the webhook call", lambda: requests("/crm"))[0])

    say("A webhook that fails twice is tried again, and nothing else with it")
    print(run("curl", "-sS", url + "/dispatch", "-H", f"Authorization: Bearer {KEY}",
              "-d", '{"event":"invoice.paid","payload":{"invoice":"2026-0042"}}'), end="")
    wait_for("the third try", lambda: len(requests("/shaky")) >= 3)
    first = requests("/shaky")[0]["time"]
    for request, answer in zip(requests("/shaky"), (500, 503, 200)):
        headers = {name.lower(): value for name, value in dict(request["headers"]).items()}
        print(f"attempt {headers['x-delivery-attempt']} after {request['time'] - first:4.1f} s: answered {answer}")

    say("The worker as cron runs it: no daemon, an empty environment, another directory")
    stop(worker)
    print(run(*book), end="")
    print("$ recado process_events 10")
    print(run("env", "-i", recado, "process_events", "10", "--config", path("recado.yaml"), cwd="/"), end="")

    say("event_queue")
    wait_for("the last event", lambda: "processing" not in sql("SELECT status FROM event_queue"))
    print(sql("SELECT id, event_name, status, attempts, processed_at FROM event_queue ORDER BY id"), end="")
    print(sql("SELECT event_id, listener, attempt, outcome, reason, message FROM delivery_attempt "
              "ORDER BY event_id, finished_at"), end="")


def main():
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, lambda *_: sys.exit(1))
    try:
        demonstrate()
    except subprocess.CalledProcessError as error:
        print(error.stdout, error.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(f"demo: {' '.join(error.cmd)} failed; the logs are in {place}")
    finally:
        for _, process in reversed(started):
            stop(process)
    shutil.rmtree(place)
    say("Everything is stopped and removed. Next: README.md, a five-minute tour")


main()
