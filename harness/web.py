"""nginx and Apache in front, php-fpm behind, and the nginx that receives webhooks. All private, on free ports."""
import os
import shutil
import socket

from processes import wait_for

# When started as root the servers' workers run as Debian's user for them.
IS_ROOT = os.getuid() == 0
WEB_USER = "www-data"

PHP_SETTINGS = {
    "opcache.enable": "1",
    "opcache.enable_cli": "1",
    "opcache.validate_timestamps": "0",
    "opcache.jit": "tracing",
    "opcache.jit_buffer_size": "64M",
    "realpath_cache_ttl": "3600",
    # All but deprecations: Debian's frameworks are older than its PHP.
    "error_reporting": "8191",
    "display_errors": "0",
    "memory_limit": "512M",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def open_to_web_server(path):
    """Lets the web server's user connect to a socket."""
    wait_for(path, lambda: os.path.exists(path))
    os.chmod(path, 0o666)


def php_cli():
    return ["php", *(f"-d{name}={value}" for name, value in PHP_SETTINGS.items())]


class Web:
    def __init__(self, processes, place, scripts=None):
        self.processes = processes
        self.place = place
        self.scripts = scripts
        self.started = 0

    def path(self, *parts):
        return os.path.join(self.place, *parts)

    def nginx(self, name, http, workers):
        temporary = "".join(f"  {kind}_temp_path {self.path(name + '-' + kind)};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file = self.path(name + ".conf")
        with open(file, "w") as configuration:
            configuration.write(
                (f"user {WEB_USER};\n" if IS_ROOT else "")
                + f"daemon off;\nworker_processes {workers};\npid {self.path(name + '.pid')};\n"
                f"error_log {self.path(name + '-error.log')};\nevents {{ worker_connections 4096; }}\n"
                f"http {{\n  access_log off;\n  keepalive_requests 1000000000;\n  client_body_buffer_size 256k;\n"
                f"{temporary}{http}}}\n")
        return self.processes.start(
            name, ["/usr/sbin/nginx", "-c", file, "-e", self.path(name + "-error.log")])

    def front(self, sites, patience=60):
        """One nginx with a port for each of `sites`: name to (FastCGI socket, further parameters). Returns URLs by name.

        What does not answer within `patience` seconds is answered 504.
        """
        self.started += 1
        http, ports = "", {}
        for name, (backend, parameters) in sites.items():
            ports[name] = free_port()
            more = "".join(f'fastcgi_param {key} "{value}"; ' for key, value in parameters.items())
            http += (
                f"  upstream {name} {{ server unix:{backend}; keepalive 16; keepalive_requests 1000000000; }}\n"
                f"  server {{ listen 127.0.0.1:{ports[name]} backlog=2048; client_max_body_size 2m;\n"
                f"    location / {{ include /etc/nginx/fastcgi_params; {more}\n"
                f"      fastcgi_pass {name}; fastcgi_keep_conn on; fastcgi_read_timeout {patience}s; }} }}\n")
        self.nginx(f"front-{self.started}", http, "auto")
        for name, port in ports.items():
            wait_for(f"nginx for {name}", lambda: accepts(port))
        return {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}

    def sink(self):
        """An nginx that answers every POST with 200. Returns its URL."""
        self.started += 1
        port = free_port()
        self.nginx(f"sink-{self.started}",
                   f"  server {{ listen 127.0.0.1:{port} backlog=2048; location / {{ return 200; }} }}\n", 1)
        wait_for("the sink", lambda: accepts(port))
        return f"http://127.0.0.1:{port}/hook"

    def apache(self, backend, patience=40):
        """Apache with kept FastCGI connections. Returns its URL."""
        port = free_port()
        file = self.path("apache.conf")
        modules = "/usr/lib/apache2/modules"
        with open(file, "w") as configuration:
            configuration.write(
                f"LoadModule mpm_event_module {modules}/mod_mpm_event.so\n"
                f"LoadModule authz_core_module {modules}/mod_authz_core.so\n"
                f"LoadModule proxy_module {modules}/mod_proxy.so\n"
                f"LoadModule proxy_fcgi_module {modules}/mod_proxy_fcgi.so\n"
                f"ServerRoot {self.place}\nServerName 127.0.0.1\nPidFile {self.path('apache.pid')}\n"
                f"DefaultRuntimeDir {self.place}\nErrorLog {self.path('apache-error.log')}\n"
                + (f"User {WEB_USER}\nGroup {WEB_USER}\n" if IS_ROOT else "")
                + f"Listen 127.0.0.1:{port}\nListenBacklog 2048\nKeepAlive On\nMaxKeepAliveRequests 0\n"
                # A thread for each client, all in one process: a process short of threads drops kept connections.
                "ServerLimit 1\nStartServers 1\nThreadLimit 640\nThreadsPerChild 640\nMaxRequestWorkers 640\n"
                "MinSpareThreads 1\nMaxSpareThreads 640\nKeepAliveTimeout 60\n"
                "ProxyFCGIBackendType GENERIC\n"
                f'ProxyPass "/" "unix:{backend}|fcgi://backend/" enablereuse=on ttl=60 timeout={patience} nocanon\n'
                '<Location "/">\n  CGIPassAuth On\n  Require all granted\n</Location>\n')
        self.processes.start("apache", ["/usr/sbin/apache2", "-d", self.place, "-f", file, "-DFOREGROUND"])
        wait_for("Apache", lambda: accepts(port))
        return f"http://127.0.0.1:{port}"

    def php_folder(self):
        """The PHP scripts where the web server's user can read them."""
        folder = self.path("php")
        if not os.path.isdir(folder):
            shutil.copytree(self.scripts, folder)
        return folder

    def php_fpm(self, name, children, preload=None):
        """A php-fpm of its own for one site, which begins by running the script `preload`. Returns its socket."""
        name = f"php-fpm-{name}"
        backend = self.path(name + ".sock")
        file = self.path(name + ".conf")
        values = "".join(f"php_admin_value[{name}] = {value}\n" for name, value in PHP_SETTINGS.items()
                         if not name.startswith("opcache.jit"))
        with open(file, "w") as configuration:
            configuration.write(
                f"[global]\ndaemonize = no\npid = {self.path(name + '.pid')}\nerror_log = {self.path(name + '.log')}\n"
                f"[www]\nlisten = {backend}\nlisten.mode = 0666\nlisten.backlog = 2048\n"
                + (f"user = {WEB_USER}\ngroup = {WEB_USER}\n" if IS_ROOT else "")
                + f"pm = static\npm.max_children = {children}\n{values}")
        jit = [f"-d{name}={value}" for name, value in PHP_SETTINGS.items() if name.startswith("opcache.jit")]
        if preload:
            jit += [f"-dopcache.preload={preload}"] + ([f"-dopcache.preload_user={WEB_USER}"] if IS_ROOT else [])
        self.processes.start(name, [php_fpm_program(), "-F", "-y", file, *jit])
        wait_for(name, lambda: os.path.exists(backend))
        return backend


def php_fpm_program():
    for folder in ("/usr/sbin", "/usr/local/sbin"):
        for name in sorted(os.listdir(folder), reverse=True):
            if name.startswith("php-fpm"):
                return os.path.join(folder, name)
    raise FileNotFoundError("php-fpm")
