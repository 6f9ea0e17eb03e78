# SPDX-License-Identifier: GPL-3.0-or-later
"""Benches of a server under a load generator: the figure is the server's CPU time per request."""

import contextlib
import dataclasses
import json
import socket
import ssl
import struct
import urllib.request

import measure
import report
import rows
import servers
import zone
from measure import BenchError, Process
from servers import DNS_PORT, HTTP_PORT, UPSTREAM_PORT

SERVER_CORE, LOAD_CORE = 0, 1
WARM_UP, MEASURE = 1, 2  # seconds
UNPINNED_ROUNDS = 3


@dataclasses.dataclass
class Sample:
    """One server in one round. Microseconds of CPU per request, milliseconds, bytes, shares of its cores: in use, and
    wanted while another program had it."""
    cpu: float
    rate: float
    p50: float
    p99: float
    rss: int
    busy: float
    waited: float


@dataclasses.dataclass
class LoadBench:
    """Subclasses say what is served, what asks for it and when the server answers rightly."""
    name: str
    scene: str
    peers: tuple
    floor: str = None
    gate: float | dict = None  # what our ratio is to be at the most: to the best peer, or to each that is named
    beside: tuple = ()  # measured too, and no peer
    program: str = None  # of the server's processes, the one that is measured; all when there is none
    workers: int = None  # always so many; else one where pinned, and two
    secure: bool = False  # over TLS
    unit = 'µs CPU/request'
    outcome = report.LoadOutcome

    def run(self, context):
        """Round by round, each server once: first pinned, then on both cores with two workers."""
        contenders = [name for name in ('mainstay', *self.peers, *self.beside, self.floor) if name and context.wants(name)]
        self.prepare(context)
        outcome = self.outcome(self, {name: [] for name in contenders})
        self.rounds(context, contenders, context.rounds, True, outcome.samples)
        if context.rounds >= UNPINNED_ROUNDS:
            real = [name for name in contenders if name not in servers.FLOORS]
            self.rounds(context, real, UNPINNED_ROUNDS, False, outcome.unpinned)
        return outcome

    def rounds(self, context, contenders, rounds, pinned, samples):
        with contextlib.ExitStack() as beside:
            self.start_backend(context, pinned, beside)
            for number in range(rounds):
                context.progress(f'{self.name}: {"" if pinned else "unpinned "}round {number + 1} of {rounds}')
                for contender in contenders:
                    context.contender = contender
                    workers = self.workers or (1 if pinned else 2)
                    samples.setdefault(contender, []).append(self.sample(contender, context, workers, pinned))

    def start_backend(self, context, pinned, beside):
        """Starts what runs beside the server all through the rounds."""

    def sample(self, contender, context, workers, pinned):
        load_core = LOAD_CORE if pinned else None
        with context.start(contender, self.scene, workers, SERVER_CORE if pinned else None, self.secure) as server:
            server.wait_until(lambda: self.ready(context))
            latencies = self.warm_up(context, load_core)
            before = server.cpu_seconds(program=self.program)
            load = self.load(context, MEASURE, load_core, latencies)
            cpu, waited = (after - begun for after, begun in zip(server.cpu_seconds(program=self.program), before))
            rss = server.rss_bytes()
            if not self.ready(context):
                raise BenchError(f'{contender} answers wrongly after the load:\n{server.output()}')
        available = load.requests / load.rate * (1 if pinned else 2)
        return Sample(cpu / load.requests * 1e6, load.rate, load.p50, load.p99, rss, cpu / available, waited / available)


@dataclasses.dataclass
class HttpBench(LoadBench):
    body: int = 600
    connections: int = 64
    close: bool = False
    host: str = None  # that is asked for
    path = '/file.bin'

    @property
    def url(self):
        return f'{"https" if self.secure else "http"}://127.0.0.1:{HTTP_PORT}{self.path}'

    def prepare(self, context):
        (context.data / 'site').mkdir(exist_ok=True)
        (context.data / 'site/file.bin').write_bytes(b'm' * self.body)
        count = servers.HOSTS if self.scene == 'hosts' else 1 if self.secure else 0
        certificates = context.data / 'certificates'
        certificates.mkdir(exist_ok=True)
        if count > 0 and not (certificates / f'{count - 1}.key').exists():
            measure.run_tool([str(context.programs / 'bench_certificates'), str(certificates), str(count)], None)

    def start_backend(self, context, pinned, beside):
        if self.scene in ('proxy', 'app', 'cached'):
            argv = [context.programs / 'bench_responder', str(UPSTREAM_PORT), str(self.body)]
            core = LOAD_CORE if pinned else None
            beside.enter_context(Process(argv, core, context.scratch / 'backend.log', context.scratch))

    def ready(self, context):
        try:
            request = urllib.request.Request(self.url, headers={'Host': self.host} if self.host else {})
            with urllib.request.urlopen(request, timeout=5, context=ssl._create_unverified_context()) as response:
                return response.status == 200 and self.is_right(response.read())
        except OSError:
            return False

    def is_right(self, body):
        return body == b'm' * self.body

    def warm_up(self, context, core):
        self.load(context, WARM_UP, core, None)

    def load(self, context, seconds, core, _):
        return measure.wrk(self.url, self.connections, seconds, core, self.close, self.host)


@dataclasses.dataclass
class ResumedBench(HttpBench):
    """Connections one after the other, each of which goes on with the session of the first."""
    secure: bool = True

    def load(self, context, seconds, core, _):
        return measure.resumed_connections(HTTP_PORT, self.path, seconds, core)


@dataclasses.dataclass
class Http2Bench(HttpBench):
    """So many streams at a time on each connection."""
    connections: int = 16
    streams: int = 16
    secure: bool = True

    def warm_up(self, context, core):
        return measure.h2load_latencies(self.url, self.connections, self.streams, WARM_UP, core, context.scratch)

    def load(self, context, seconds, core, latencies):
        return measure.h2load(self.url, self.connections, self.streams, seconds, core, latencies)


@dataclasses.dataclass
class RowsBench(HttpBench):
    """Twenty rows of a table as JSON: what is compared is the throughput, with two workers each."""
    workers: int = 2
    unit = 'requests/s'
    outcome = report.RateOutcome
    path = f'/api/entries?after={rows.AFTER}'

    def prepare(self, context):
        rows.write(context.data)

    def is_right(self, body):
        return json.loads(body) == rows.expected()


@dataclasses.dataclass
class DnsBench(LoadBench):
    tcp: bool = False
    unit = 'µs CPU/query'

    def prepare(self, context):
        zone.write_zone(context.data / 'bench.zone')
        zone.write_queries(context.data / 'queries')

    def ready(self, context):
        """One of each kind: the answer's code and whether it has records. An echo has none, and is no server."""
        if self.echoing(context):
            return True
        expected = {'h0': (0, True), 'h9': (0, True), 'x0': (3, False), 'any.wild': (0, True)}
        return all(ask(f'{name}.{zone.ORIGIN}') == answer for name, answer in expected.items())

    def echoing(self, context):
        return context.contender == self.floor and ask(zone.ORIGIN) is not None

    def warm_up(self, context, core):
        return measure.dnsperf_latencies(DNS_PORT, context.data / 'queries', WARM_UP, core, self.tcp)

    def load(self, context, seconds, core, latencies):
        codes = {'NOERROR': 1.0} if context.contender == self.floor else zone.CODES
        return measure.dnsperf(DNS_PORT, context.data / 'queries', codes, seconds, core, self.tcp, latencies)


def ask(name):
    """The response code and whether there are answers, or None without a response."""
    question = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.')) + b'\0' + struct.pack('!HH', 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(1)
        try:
            udp.connect(('127.0.0.1', DNS_PORT))
            udp.send(struct.pack('!6H', 7, 0, 1, 0, 0, 0) + question)
            answer = udp.recv(4096)
        except OSError:
            return None
    return answer[3] & 15, struct.unpack('!H', answer[6:8])[0] > 0
