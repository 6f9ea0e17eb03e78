# SPDX-License-Identifier: GPL-3.0-or-later
"""Benches whose figure is not CPU time: memory of idle connections, the longest turn, time to publish."""

import dataclasses
import json
import os
import re
import socket
import ssl
import subprocess
import time

import measure
import report
from load import LOAD_CORE, SERVER_CORE, HttpBench
from measure import BenchError, Process
from servers import HTTP_PORT, UPSTREAM_PORT


@dataclasses.dataclass
class IdleBench:
    """How much memory each idle keep-alive connection costs, beyond the first thousand."""
    name: str
    peers: tuple
    bound: float = None  # else the gate holds
    gate: float = None
    many: int = 10_000
    secure: bool = False
    unit = 'bytes/connection'
    few = 1_000

    def run(self, context):
        page = HttpBench(self.name, 'static', (), body=1024, secure=self.secure)
        page.prepare(context)
        outcome = report.FigureOutcome(self)
        for contender in ('mainstay', *self.peers):
            if not context.wants(contender):
                continue
            context.progress(f'{self.name}: {contender}')
            with context.start(contender, 'static', 1, SERVER_CORE, self.secure) as server:
                server.wait_until(lambda: page.ready(context))
                held = []
                try:
                    self.open_until(held, self.few)
                    before = server.rss_bytes()
                    self.open_until(held, self.many)
                    outcome.values[contender] = (server.rss_bytes() - before) / (self.many - self.few)
                finally:
                    for connection in held:
                        connection.close()
        return outcome

    def open_until(self, held, count):
        """Each connection has made a request, as a browser's would have."""
        client = ssl._create_unverified_context()
        head = 'GET /file.bin HTTP/1.1\r\nHost: www.bench.test\r\n'
        head += ''.join(f'{name}: {value}\r\n' for name, value in measure.BROWSER_HEADERS.items()) + '\r\n'
        while len(held) < count:
            source = f'127.0.0.{2 + len(held) % 8}'
            connection = socket.create_connection(('127.0.0.1', HTTP_PORT), timeout=10, source_address=(source, 0))
            if self.secure:
                connection = client.wrap_socket(connection)
            held.append(connection)
            connection.sendall(head.encode())
            received = b''
            while not received.endswith(b'm' * 1024):
                part = connection.recv(65536)
                if not part:
                    raise BenchError('a connection was closed that should have stayed idle')
                received += part


@dataclasses.dataclass
class PublishBench:
    """The longest turn of a worker's loop that took over a snapshot, over many changes under load."""
    name: str
    bound: float
    unit = 'µs'
    peers = ()
    publishes = 1_000

    def run(self, context):
        outcome = report.FigureOutcome(self)
        page = HttpBench(self.name, 'proxy', (), connections=64)
        page.prepare(context)
        if not context.wants('mainstay'):
            return outcome
        backend = [context.programs / 'bench_responder', str(UPSTREAM_PORT), '600']
        with Process(backend, LOAD_CORE, context.scratch / 'backend.log', context.scratch), \
                context.start('mainstay', 'proxy', 1, LOAD_CORE) as server:
            server.wait_until(lambda: page.ready(context))
            for thread in server.threads('worker-0'):  # alone on its core: what else runs there makes its turns longer
                os.sched_setaffinity(int(thread.name), {SERVER_CORE})
            began, before = time.monotonic(), server.cpu_seconds('worker-0')[1]
            config = context.folder / 'mainstay.toml'
            text = config.read_text()
            load = subprocess.Popen(['taskset', '-c', str(LOAD_CORE), 'wrk', '-t1', '-c64', '-d600s',
                                     f'http://127.0.0.1:{HTTP_PORT}/file.bin'], stdout=subprocess.PIPE, text=True)
            try:
                for number in range(self.publishes):
                    if number % 100 == 0:
                        context.progress(f'{self.name}: {number} of {self.publishes}')
                    config.write_text(text + f'weight = {1 + number % 2}\n')
                    self.control(context, 'config', 'apply')
                process = json.loads(self.control(context, 'metrics', '--json'))['process']
            finally:
                load.send_signal(2)
                said = load.communicate()[0]
            if 'Non-2xx' in said or re.search(r'Socket errors', said):
                raise BenchError(f'requests failed while the configuration changed:\n{said}')
            if process['publishes'] < self.publishes:
                raise BenchError(f'only {process["publishes"]} snapshots were published')
            outcome.values['mainstay'] = process['longest_adopt_turn_us']
            outcome.values['mainstay, its processor time alone'] = process['costliest_adopt_turn_us']
            waited = (server.cpu_seconds('worker-0')[1] - before) / (time.monotonic() - began)
            if waited > 0.01:
                outcome.note = (f'The machine was not ours alone: the worker waited for its core for {waited:.0%} of the '
                                'time, and the longest turn is as long as that made it.')
        return outcome

    @staticmethod
    def control(context, *arguments):
        argv = [context.programs / 'mainstayctl', '--socket', context.folder / 'run/control.sock', *arguments]
        return measure.run_tool([str(part) for part in argv], LOAD_CORE)


@dataclasses.dataclass
class ZoneReloadBench:
    """A zone file of a million names in which one record changed is read again: the time from the end of the parse
    until the zone to publish is ready."""
    name: str
    bound: float
    unit = 'ms'
    peers = ()

    def run(self, context):
        outcome = report.FigureOutcome(self)
        if context.wants('mainstay'):
            context.progress(self.name)
            said = measure.run_tool([str(context.programs / 'bench_zone_reload')], SERVER_CORE)
            outcome.values['mainstay'] = float(re.search(r'one record changed .*ready +([\d.]+) ms', said).group(1))
        return outcome
