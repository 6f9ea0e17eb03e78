# SPDX-License-Identifier: GPL-3.0-or-later
"""Measuring: what a process tree costs, and what the load generators saw."""

import dataclasses
import os
import pathlib
import re
import resource
import signal
import subprocess
import time

OPEN_FILES = 20000


class BenchError(Exception):
    """Something that makes the figures worthless: wrong answers, errors, a server that did not start."""


class Process:
    """A program pinned to one core (or to none), its output in a file, ended with all it started."""

    def __init__(self, argv, core, log, cwd):
        pin = ['taskset', '-c', str(core)] if core is not None else []
        self.argv, self.log = argv, pathlib.Path(log)
        with open(log, 'wb') as output:
            self.popen = subprocess.Popen(pin + [str(part) for part in argv], stdin=subprocess.DEVNULL, stdout=output,
                                          stderr=subprocess.STDOUT, cwd=cwd, preexec_fn=raise_open_files,
                                          start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        tree = self.tree()
        self.popen.terminate()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        for pid in tree[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def tree(self):
        """The process and its descendants."""
        children = {}
        for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
            try:
                fields = stat.read_text().rpartition(')')[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        tree = [self.popen.pid]
        for pid in tree:
            tree += children.get(pid, [])
        return tree

    def threads(self, name=None, program=None):
        """Those of the whole tree, or of one program of it, or those of that name, as folders of /proc."""
        def is_named(folder, wanted):
            return wanted is None or (folder / 'comm').read_text().strip() == wanted
        processes = [folder for pid in self.tree() if is_named(folder := pathlib.Path(f'/proc/{pid}'), program)]
        return [task for folder in processes for task in (folder / 'task').glob('*') if is_named(task, name)]

    def cpu_seconds(self, name=None, program=None):
        """What these threads have spent on processors, and what they have waited for one while others had it."""
        spent = waited = 0
        for task in self.threads(name, program):
            try:
                fields = (task / 'schedstat').read_text().split()
            except FileNotFoundError:
                continue  # it has ended
            spent += int(fields[0])
            waited += int(fields[1])
        return spent / 1e9, waited / 1e9

    def rss_bytes(self):
        total = 0
        for pid in self.tree():
            found = re.search(r'VmRSS:\s+(\d+) kB', pathlib.Path(f'/proc/{pid}/status').read_text())
            total += int(found.group(1)) * 1024 if found else 0
        return total

    def wait_until(self, ready, seconds=60):
        deadline = time.monotonic() + seconds
        while not ready():
            if self.popen.poll() is not None:
                raise BenchError(f'{self.argv[0]} ended with status {self.popen.returncode}:\n{self.output()}')
            if time.monotonic() > deadline:
                raise BenchError(f'{self.argv[0]} is not ready after {seconds} s:\n{self.output()}')
            time.sleep(0.05)

    def output(self):
        return self.log.read_text(errors='replace')[-2000:]


def raise_open_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, hard), hard))


@dataclasses.dataclass
class Load:
    """What a load generator did: requests answered, per second, latencies in milliseconds."""
    requests: int
    rate: float
    p50: float
    p99: float


def run_tool(argv, core):
    pin = ['taskset', '-c', str(core)] if core is not None else []
    done = subprocess.run(pin + argv, capture_output=True, text=True, preexec_fn=raise_open_files)
    if done.returncode != 0:
        raise BenchError(f'{argv[0]} ended with status {done.returncode}:\n{done.stdout}{done.stderr}')
    return done.stdout


# As a browser sends them: what a server has to read.
BROWSER_HEADERS = {
    'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0',
    'Accept': 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Accept-Language': 'en-GB,en;q=0.7,de;q=0.3',
    'Accept-Encoding': 'gzip, deflate, br',
    'Referer': 'http://www.bench.test/index.html',
    'Cookie': 'session=4f2a9c1be07d4b3f9a56c1d2e3f40516; theme=dark',
    'Upgrade-Insecure-Requests': '1',
}


def commands():
    """The load generators' command lines, for people."""
    return [' '.join(wrk_arguments('http://127.0.0.1:PORT/file.bin', 'CONNECTIONS', 'SECONDS')),
            ' '.join(h2load_arguments('https://127.0.0.1:PORT/file.bin', 'CONNECTIONS', 'STREAMS', 'SECONDS')),
            ' '.join(resumed_arguments('PORT', '/file.bin', 'SECONDS')),
            ' '.join(dnsperf_arguments('PORT', 'QUERIES', 'SECONDS', False)) + ' [-m tcp]']


def wrk_arguments(url, connections, seconds):
    return ['wrk', '-t1', f'-c{connections}', f'-d{seconds}s', '--timeout', '10', '--latency', url]


def header_arguments(headers):
    return [part for name, value in headers.items() for part in ('-H', f'{name}: {value}')]


def wrk(url, connections, seconds, core, close=False, host=None):
    headers = {**BROWSER_HEADERS, **({'Connection': 'close'} if close else {}), **({'Host': host} if host else {})}
    text = run_tool(wrk_arguments(url, connections, seconds) + header_arguments(headers), core)
    for bad in ('Non-2xx', 'Socket errors'):
        if bad in text:
            raise BenchError(f'wrk saw errors:\n{text}')
    return Load(requests=int(re.search(r'(\d+) requests in', text).group(1)),
                rate=float(re.search(r'Requests/sec:\s+([\d.]+)', text).group(1)),
                p50=milliseconds(re.search(r'^ +50% +(\S+)$', text, re.MULTILINE).group(1)),
                p99=milliseconds(re.search(r'^ +99% +(\S+)$', text, re.MULTILINE).group(1)))


def milliseconds(text):
    number, unit = re.fullmatch(r'([\d.]+)(us|ms|s|m)', text).groups()
    return float(number) * {'us': 0.001, 'ms': 1, 's': 1000, 'm': 60000}[unit]


def h2load(url, connections, streams, seconds, core, latencies):
    text = run_tool(h2load_arguments(url, connections, streams, seconds) + header_arguments(BROWSER_HEADERS), core)
    total, succeeded = re.search(r'^requests: (\d+) total, .* (\d+) succeeded', text, re.MULTILINE).groups()
    if total != succeeded or 'Application protocol: h2' not in text:
        raise BenchError(f'h2load saw errors:\n{text}')
    p50, p99 = latencies
    return Load(requests=int(total), rate=float(re.search(r'([\d.]+) req/s', text).group(1)), p50=p50, p99=p99)


def h2load_latencies(url, connections, streams, seconds, core, folder):
    """Median and 99th percentile in milliseconds. A run of its own: reporting each request slows h2load down."""
    log = folder / 'h2load.log'
    log.unlink(missing_ok=True)
    run_tool(h2load_arguments(url, connections, streams, seconds) + ['--log-file', str(log)], core)
    times = sorted(int(line.split()[2]) for line in log.read_text().splitlines())
    return times[len(times) // 2] / 1000, times[len(times) * 99 // 100] / 1000


def h2load_arguments(url, connections, streams, seconds):
    return ['h2load', '-t1', f'-c{connections}', f'-m{streams}', '-D', str(seconds), url]


def resumed_connections(port, path, seconds, core):
    """s_time tells no latencies but the mean of all, as it makes one connection at a time."""
    text = run_tool(resumed_arguments(port, path, seconds), core)
    count, spent = re.search(r'^(\d+) connections in (\d+) real seconds', text, re.MULTILINE).groups()
    # A letter a connection: r for one that resumed a session.
    marks = ''.join(re.findall(r'^[rt*]+$', text, re.MULTILINE))
    if marks.count('r') < int(count) - 1:
        raise BenchError(f'only {marks.count("r")} of {count} connections resumed a session')
    mean = int(spent) * 1000 / int(count)
    return Load(requests=int(count), rate=int(count) / int(spent), p50=mean, p99=mean)


def resumed_arguments(port, path, seconds):
    return ['openssl', 's_time', '-connect', f'127.0.0.1:{port}', '-reuse', '-tls1_2', '-www', path, '-time', str(seconds)]


def dnsperf(port, queries, expected, seconds, core, tcp=False, latencies=None):
    """`expected` is the share of each response code, as in {'NOERROR': 0.85, 'NXDOMAIN': 0.15}."""
    text = run_tool(dnsperf_arguments(port, queries, seconds, tcp), core)
    sent = int(re.search(r'Queries sent:\s+(\d+)', text).group(1))
    completed = int(re.search(r'Queries completed:\s+(\d+)', text).group(1))
    codes = {code: int(count) / completed for code, count in re.findall(r'([A-Z]+) (\d+) \([\d.]+%\)', text)}
    for code in codes.keys() | expected.keys():
        if abs(codes.get(code, 0) - expected.get(code, 0)) > 0.02:
            raise BenchError(f'the answers have other codes than expected ({expected}):\n{text}')
    if sent - completed > max(sent * 0.001, 400):
        raise BenchError(f'queries were lost:\n{text}')
    p50, p99 = latencies or (0.0, 0.0)
    return Load(requests=completed, rate=float(re.search(r'Queries per second:\s+([\d.]+)', text).group(1)), p50=p50,
                p99=p99)


def dnsperf_latencies(port, queries, seconds, core, tcp=False):
    """Median and 99th percentile in milliseconds. A run of its own: reporting each query slows dnsperf down."""
    text = run_tool(dnsperf_arguments(port, queries, seconds, tcp) + ['-v'], core)
    times = sorted(float(time) for time in re.findall(r'^> \w+ \S+ \w+ ([\d.]+)$', text, re.MULTILINE))
    return times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000


def dnsperf_arguments(port, queries, seconds, tcp):
    return ['dnsperf', '-s', '127.0.0.1', '-p', str(port), '-d', str(queries), '-l', str(seconds), '-c', '8', '-T', '1',
            '-q', '200', '-t', '1'] + (['-m', 'tcp'] if tcp else [])
