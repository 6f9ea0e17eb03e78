# SPDX-License-Identifier: GPL-3.0-or-later
"""Mainstay and its peers: for each, the configuration of a scene and the command that serves it in the foreground.

Each is set up as its manual advises for this work: one worker where pinned, connections kept alive on both sides,
nothing it does not need, and an access log wherever ours is on."""

import dataclasses
import json
import os
import pathlib
import re
import subprocess

import rows
import zone

HTTP_PORT, DNS_PORT, UPSTREAM_PORT = 8080, 5300, 9000
HOSTS = 10_000  # of the scene of that name


def host_name(number):
    return f'h{number}.bench.test'


@dataclasses.dataclass
class Scene:
    """What is served: a folder with file.bin, by one host or many, a responder behind a proxy or as a supervised app, the
    table of rows.py or the zone of zone.py."""
    kind: str  # proxy, cached, app, rows, static, hosts or dns
    folder: pathlib.Path  # where the configuration goes; the bench's data beside it
    data: pathlib.Path
    programs: pathlib.Path  # ours
    workers: int = 1
    backend_core: int = None  # of programs that Mainstay starts; None for any
    secure: bool = False  # over TLS, and HTTP/2 for who asks for it

    @property
    def certificates(self):
        """The folder of each number's .crt and .key, and of 0.pem with both."""
        return self.data / 'certificates'


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def nginx(scene):
    location = {
        'proxy': 'proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection ""; '
                 'proxy_set_header X-Forwarded-For $remote_addr; proxy_buffers 16 64k; proxy_buffer_size 16k;',
        'static': f'root {scene.data}/site;',
        'hosts': f'root {scene.data}/site;',
        'cached': 'proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection ""; '
                  'proxy_cache pages; proxy_cache_valid 200 1h; proxy_cache_lock on; '
                  'add_header X-Cache $upstream_cache_status;',
    }[scene.kind]
    config = write(scene.folder / 'nginx.conf', f'''
worker_processes {scene.workers};
worker_rlimit_nofile 20000;
daemon off;
pid {scene.folder}/nginx.pid;
error_log {scene.folder}/error.log warn;
events {{ worker_connections 16384; multi_accept on; }}
http {{
    client_body_temp_path {scene.folder}/body;
    proxy_temp_path {scene.folder}/proxy;
    fastcgi_temp_path {scene.folder}/fastcgi;
    uwsgi_temp_path {scene.folder}/uwsgi;
    scgi_temp_path {scene.folder}/scgi;
    access_log {scene.folder}/access.log combined buffer=64k flush=1s;
    proxy_cache_path {scene.folder}/cache levels=1:2 keys_zone=pages:10m max_size=64m inactive=1h use_temp_path=off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 600s;
    keepalive_requests 100000000;
    open_file_cache max=10000 inactive=600s;
    open_file_cache_valid 60s;
    upstream upstream {{ server 127.0.0.1:{UPSTREAM_PORT}; keepalive 1024; keepalive_requests 100000000; }}
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:sessions:10m;
    server_names_hash_max_size 65536;
    {nginx_hosts(scene, location) if scene.kind == 'hosts' else nginx_server(scene, location)}
}}
''')
    return ['nginx', '-p', scene.folder, '-c', config, '-e', scene.folder / 'error.log']


def nginx_server(scene, location, number=0, name='_'):
    """The one with the number 0 says how all listen."""
    options = 'default_server backlog=4096' + (' reuseport' if scene.workers > 1 else '') if number == 0 else ''
    tls = (f'ssl_certificate {scene.certificates}/{number}.crt; ssl_certificate_key {scene.certificates}/{number}.key;'
           if scene.secure else '')
    return f'''
    server {{
        listen 127.0.0.1:{HTTP_PORT} {'ssl http2' if scene.secure else ''} {options};
        server_name {name};
        {tls}
        location / {{ {location} }}
    }}'''


def nginx_hosts(scene, location):
    return ''.join(nginx_server(scene, location, number, host_name(number)) for number in range(HOSTS))


def nginx_copying(scene):
    """Reads files into memory, which is less work while they are small, if not what its package sets."""
    argv = nginx(scene)
    config = scene.folder / 'nginx.conf'
    config.write_text(config.read_text().replace('sendfile on;', 'sendfile off;'))
    return argv


def haproxy(scene):
    config = write(scene.folder / 'haproxy.cfg', f'''
global
    nbthread {scene.workers}
    maxconn 9000
    maxpipes 600
    log ring@access len 1024 local0
    tune.maxpollevents 200
defaults
    mode http
    log global
    option httplog
    option splice-response
    http-reuse always
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 600s
ring access
    format raw
    size 1048576
frontend web
    bind 127.0.0.1:{HTTP_PORT} backlog 4096 {f'ssl crt {scene.certificates}/0.pem alpn h2,http/1.1' if scene.secure else ''}
    option forwardfor
    default_backend app
backend app
    server a 127.0.0.1:{UPSTREAM_PORT}
''')
    return ['haproxy', '-db', '-f', config]


def h2o(scene):
    config = write(scene.folder / 'h2o.conf', f'''
num-threads: {scene.workers}
max-connections: 16384
pid-file: {scene.folder}/h2o.pid
error-log: {scene.folder}/error.log
access-log: {scene.folder}/access.log
http1-request-timeout: 600
proxy.timeout.keepalive: 600000
listen:
  host: 127.0.0.1
  port: {HTTP_PORT}
  ssl:
    certificate-file: {scene.certificates}/0.crt
    key-file: {scene.certificates}/0.key
hosts:
  default:
    paths:
      "/":
        proxy.reverse.url: "http://127.0.0.1:{UPSTREAM_PORT}/"
''')
    return ['h2o', '-c', config]


def varnish(scene):
    config = write(scene.folder / 'bench.vcl', f'''
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{UPSTREAM_PORT}"; }}
sub vcl_backend_response {{ set beresp.ttl = 1h; }}
''')
    return ['varnishd', '-F', '-j', 'none', '-n', scene.folder / 'varnish', '-a', f'127.0.0.1:{HTTP_PORT}', '-f', config,
            '-s', 'malloc,64m', '-p', 'timeout_idle=600', '-p', 'thread_pools=1', '-p', 'listen_depth=4096']


def knot(scene):
    config = write(scene.folder / 'knot.conf', f'''
server:
    rundir: "{scene.folder}"
    listen: 127.0.0.1@{DNS_PORT}
    udp-workers: {scene.workers}
    tcp-workers: {scene.workers}
    background-workers: 1
database:
    storage: "{scene.folder}"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "{scene.data}"
    semantic-checks: off
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: {zone.ORIGIN}
    file: "bench.zone"
''')
    return ['knotd', '-c', config]


def nsd(scene):
    config = write(scene.folder / 'nsd.conf', f'''
server:
    server-count: {scene.workers}
    ip-address: 127.0.0.1@{DNS_PORT}
    port: {DNS_PORT}
    do-ip6: no
    username: ""
    chroot: ""
    database: ""
    zonesdir: "{scene.data}"
    pidfile: "{scene.folder}/nsd.pid"
    xfrdfile: "{scene.folder}/xfrd.state"
    xfrdir: "{scene.folder}"
    zonelistfile: "{scene.folder}/zone.list"
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: {zone.ORIGIN}
    zonefile: bench.zone
''')
    return ['nsd', '-d', '-c', config]


def relay(scene):
    return [scene.programs / 'bench_relay', str(HTTP_PORT), str(UPSTREAM_PORT)]


def responder(scene):
    size = (scene.data / 'site/file.bin').stat().st_size
    return [scene.programs / 'bench_responder', str(HTTP_PORT), str(size)]


def dns_echo(scene):
    return [scene.programs / 'bench_dns_echo', str(DNS_PORT)]


def mainstay(scene):
    served = {
        'proxy': f'''
[[site.bench.route]]
path = "/"
backend = "app"
[backend.app]
pool = 1024
[backend.app.server.a]
address = "127.0.0.1:{UPSTREAM_PORT}"
''',
        'cached': f'''
[cache.pages]
default_ttl = "1h"
[[site.bench.route]]
path = "/"
backend = "app"
cache = "pages"
[backend.app]
pool = 1024
[backend.app.server.a]
address = "127.0.0.1:{UPSTREAM_PORT}"
''',
        'app': app_settings(scene),
        'rows': f'''
[[site.bench.route]]
path = "/api/"
app = "entries"
[database.bench]
file = "{scene.data}/rows.db"
[app.entries]
kind = "handlers"
database = "bench"
instances = {scene.workers}
[[app.entries.handler]]
path = "/api/entries"
sql = ["{rows.SELECT}"]
[[app.entries.handler.parameter]]
name = "after"
type = "integer"
in = "query"
''',
        'static': f'''
[[site.bench.route]]
path = "/"
root = "{scene.data}/site"
''',
        'hosts': mainstay_hosts(scene) if scene.kind == 'hosts' else '',
        'dns': f'''
[zone."{zone.ORIGIN}"]
file = "{scene.data}/bench.zone"
''',
    }[scene.kind]
    listener = f'''
[listener.dns]
address = ["127.0.0.1:{DNS_PORT}"]
protocol = "dns"
''' if scene.kind == 'dns' else f'''
[listener.web]
address = ["127.0.0.1:{HTTP_PORT}"]
protocol = "{'https' if scene.secure else 'http'}"
idle_timeout = "600s"
'''
    if scene.kind not in ('dns', 'hosts'):
        site = '[site.bench]\nhosts = ["*"]\n'
        listener += mainstay_certificate(scene, 0) + site + 'certificate = "c0"\n' if scene.secure else site
    write(scene.folder / 'mainstay.toml', f'[service]\nworkers = {scene.workers}\n' + listener + served)
    return mainstayd(scene)


def mainstay_certificate(scene, number):
    files = f'{scene.certificates}/{number}'
    return f'[certificate.c{number}]\ncertificate = "{files}.crt"\nkey = "{files}.key"\n'


def mainstay_hosts(scene):
    return ''.join(
        mainstay_certificate(scene, number) +
        f'[site.s{number}]\nhosts = ["{host_name(number)}"]\ncertificate = "c{number}"\n'
        f'[[site.s{number}.route]]\npath = "/"\nroot = "{scene.data}/site"\n' for number in range(HOSTS))


def mainstayd(scene):
    return [scene.programs / 'mainstayd', '--config', scene.folder, '--state', scene.folder / 'state',
            '--runtime', scene.folder / 'run']


def app_settings(scene):
    """The responder as an app, on the core where it also is as a backend."""
    argv = [] if scene.backend_core is None else ['taskset', '-c', str(scene.backend_core)]
    argv += [str(scene.programs / 'bench_responder'), '{port}', '600']
    return f'''
[[site.bench.route]]
path = "/"
app = "program"
[app.program]
command = "{argv[0]}"
arguments = {json.dumps(argv[1:])}
'''


def mainstay_plain(scene):
    return mainstay(dataclasses.replace(scene, kind='proxy'))


def mainstay_one_host(scene):
    return mainstay(dataclasses.replace(scene, kind='static'))


def mainstay_before_flask(scene):
    program = [str(part) for part in flask(scene, bind='127.0.0.1:{port}')]
    write(scene.folder / 'mainstay.toml', f'''
[service]
workers = {scene.workers}
[listener.web]
address = ["127.0.0.1:{HTTP_PORT}"]
protocol = "http"
idle_timeout = "600s"
[site.bench]
hosts = ["*"]
[[site.bench.route]]
path = "/"
app = "flask"
[app.flask]
command = "{program[0]}"
arguments = {json.dumps(program[1:])}
''')
    return mainstayd(scene)


def flask(scene, kind=('sync',), bind=f'127.0.0.1:{HTTP_PORT}'):
    """The same statement and the same rows in the way Flask's documentation and gunicorn's have it."""
    return ['gunicorn', '--workers', str(scene.workers), '--worker-class', *kind, '--bind', bind,
            '--backlog', '4096', '--access-logfile', scene.folder / 'access.log', '--worker-tmp-dir', '/dev/shm',
            '--env', f'ROWS_DATABASE={scene.data}/rows.db', '--pythonpath', pathlib.Path(__file__).resolve().parent,
            'flask_rows:app']


def flask_threads(scene):
    """Its only workers that keep connections alive without another package."""
    return flask(scene, ('gthread', '--threads', '4', '--keep-alive', '60'))


COMMANDS = {
    'mainstay': mainstay, 'Mainstay, plain backend': mainstay_plain, 'Mainstay before Flask': mainstay_before_flask,
    'Mainstay, one host': mainstay_one_host,
    'Flask': flask, 'Flask, threads': flask_threads, 'h2o': h2o,
    'nginx': nginx, 'nginx without sendfile': nginx_copying, 'HAProxy': haproxy, 'Varnish': varnish,
    'Knot': knot, 'NSD': nsd,
    'relay': relay, 'responder': responder, 'echo': dns_echo,
}
FLOORS = ('relay', 'responder', 'echo')


def versions(programs):
    """Of all that takes part, ours in the folder."""
    def first_line(*argv):
        try:
            done = subprocess.run(argv, capture_output=True, text=True)
        except FileNotFoundError:
            return 'absent'
        return (done.stdout + done.stderr).splitlines()[0].strip()

    processor = re.search(r'^model name\s*: (.*)$', pathlib.Path('/proc/cpuinfo').read_text(), re.MULTILINE)
    congestion = pathlib.Path('/proc/sys/net/ipv4/tcp_congestion_control').read_text().strip()
    return {
        'processor': f'{processor.group(1) if processor else "unknown"}, {os.cpu_count()} cores',
        'kernel': f'{first_line("uname", "-sr").split("-")[0]}, TCP with {congestion}',
        'Mainstay': first_line(programs / 'mainstayd', '--version'),
        'nginx': first_line('nginx', '-v'), 'HAProxy': first_line('haproxy', '-v'), 'Knot': first_line('knotd', '-V'),
        'NSD': first_line('nsd', '-v'), 'Varnish': first_line('varnishd', '-V'), 'h2o': first_line('h2o', '-v'),
        'OpenSSL': first_line('openssl', 'version'), 'h2load': first_line('h2load', '--version'),
        'gunicorn, Flask': ', '.join(first_line('dpkg-query', '-W', '-f', '${Version}', package)
                                     for package in ('gunicorn', 'python3-flask')),
        'wrk': first_line('wrk', '-v'),
        'dnsperf': first_line('dpkg-query', '-W', '-f', '${Version}', 'dnsperf'),
    }
