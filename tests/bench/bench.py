#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares Mainstay with its peers, one server at a time on one port, interleaved round by round.

`./dev bench` calls this. The benches run in a network namespace of their own, where that is permitted, as an
unprivileged user; the parent only writes the results."""

import argparse
import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import time

import measure
import report
import servers
from benches import BENCHES
from load import LOAD_CORE
from measure import BenchError, Process

HERE = pathlib.Path(__file__).resolve().parent

ROUNDS = 9  # of which the targets are the median


def arguments():
    parser = argparse.ArgumentParser(prog='./dev bench', description=__doc__.splitlines()[0])
    parser.add_argument('names', nargs='*', metavar='NAME', help='benches to run; all without')
    parser.add_argument('--list', action='store_true', help='name the benches and end')
    parser.add_argument('--rounds', type=int, default=ROUNDS, help=f'the targets are for {ROUNDS}')
    parser.add_argument('--json', type=pathlib.Path, metavar='FILE', help='write the results for programs')
    parser.add_argument('--only', metavar='SERVER,...', help='measure these servers alone: mainstay, nginx, ...')
    parser.add_argument('--build', type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument('--docs', type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument('--scratch', type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument('--user', help=argparse.SUPPRESS)
    parser.add_argument('--inside', type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    known = [bench.name for bench in BENCHES]
    for name in options.names:
        if name not in known:
            parser.error(f'no bench {name!r}; there are {", ".join(known)}')
    return options


class Context:
    """Where the benches find and put things, and which servers are wanted."""

    def __init__(self, options):
        self.scratch, self.programs = options.scratch, options.build.resolve() / 'bin'
        self.data, self.folder = self.scratch / 'data', self.scratch / 'server'
        self.data.mkdir(exist_ok=True)
        self.rounds, self.only = options.rounds, options.only.split(',') if options.only else None

    def wants(self, contender):
        return self.only is None or contender in self.only

    def start(self, contender, scene, workers, core, secure=False):
        """The server with a fresh folder of its own. `secure`: it speaks TLS."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        backend_core = LOAD_CORE if core is not None else None
        argv = servers.COMMANDS[contender](
            servers.Scene(scene, self.folder, self.data, self.programs, workers, backend_core, secure))
        return Process(argv, core, self.scratch / f'{contender}.log', self.folder)

    @staticmethod
    def progress(text):
        print(f'{time.strftime("%H:%M:%S")} {text}', file=sys.stderr, flush=True)


def measure_all(options):
    """Runs the benches and leaves the outcomes in a file for the parent."""
    context = Context(options)
    outcomes = []
    for bench in BENCHES:
        if options.names and bench.name not in options.names:
            continue
        outcome = bench.run(context)
        print(outcome.markdown(), flush=True)
        outcomes.append(outcome)
    options.inside.write_bytes(pickle.dumps(outcomes))


def enter_and_measure(options):
    """Runs measure_all() in a child: the namespace needs privileges to set up, the servers must have none."""
    results = options.scratch / 'results'
    child = [sys.executable, '-B', str(HERE / 'bench.py'), '--inside', str(results), *sys.argv[1:]]
    network = ('ip link set lo up && '
               'sysctl -qw net.ipv4.ip_local_port_range="10240 65535" net.core.somaxconn=8192; exec "$@"')
    bare = ['setpriv', '--inh-caps=-all', '--ambient-caps=-all', '--']
    if os.geteuid() == 0:
        enter = ['unshare', '--net']
        bare = ['setpriv', '--reuid', options.user, '--regid', group_of(options.user), '--clear-groups', '--inh-caps=-all',
                '--', 'env', f'HOME={options.scratch}', f'TMPDIR={options.scratch}']
    else:
        enter = ['unshare', '--user', '--map-current-user', '--keep-caps', '--net']
    if subprocess.run([*enter, 'true'], capture_output=True).returncode == 0:
        child = [*enter, 'sh', '-c', network, 'sh', *bare, *child]
    else:
        print('No network namespace of our own is permitted here: other traffic on loopback disturbs the figures.')
        child = [*bare, *child]
    if subprocess.run(child).returncode != 0:
        sys.exit(1)
    return pickle.loads(results.read_bytes())


def group_of(user):
    return subprocess.run(['id', '-g', user], capture_output=True, text=True, check=True).stdout.strip()


def document(outcomes, options):
    versions = '\n'.join(f'| {name} | {text} |' for name, text in servers.versions(options.build.resolve() / 'bin').items())
    rows = '\n'.join(outcome.row() for outcome in outcomes)
    commands = '\n'.join(f'    {command}' for command in measure.commands())
    tables = '\n'.join(outcome.markdown() for outcome in outcomes)
    fewer = '' if options.rounds == ROUNDS else f' (the targets are for {ROUNDS})'
    return f'''# Benchmarks

Written by `./dev bench` and not by hand. One server at a time, pinned to one core, load generator and backend on
another, {options.rounds} rounds{fewer} in turn; figures are medians, a ratio is the median of the rounds' ratios, and absolute
figures mean something only beside the others of the same table. CPU time is that of the server's whole process tree,
user and system. The floor is a bare program that does the same system calls and looks at nothing. Access logs are on.
A ratio may miss its target by {report.NOISE}, which is for noise.

| bench | unit | Mainstay | best peer | ratio | target | |
| --- | --- | ---: | ---: | ---: | ---: | --- |
{rows}

| | version |
| --- | --- |
{versions}

The load, with the headers of a browser where it is HTTP:

{commands}

How each server is set up stands in `tests/bench/servers.py`.

{tables}'''


def main():
    options = arguments()
    os.environ['PATH'] += ':/usr/sbin:/sbin'  # where Debian keeps the peers; not on everybody's path
    if options.list:
        print('\n'.join(bench.name for bench in BENCHES))
        return 0
    if options.inside:
        try:
            measure_all(options)
        except (BenchError, OSError) as error:
            print(f'bench: {error}', file=sys.stderr)
            return 1
        return 0
    outcomes = enter_and_measure(options)
    if options.json:
        options.json.write_text(json.dumps([outcome.record() for outcome in outcomes], indent=2) + '\n')
    if options.docs and not options.names and not options.only:
        options.docs.write_text(document(outcomes, options))
    missed = [outcome.bench.name for outcome in outcomes if outcome.missed]
    if missed:
        print(f'bench: bounds missed: {", ".join(missed)}', file=sys.stderr)
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
