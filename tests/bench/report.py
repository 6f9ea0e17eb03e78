# SPDX-License-Identifier: GPL-3.0-or-later
"""From samples to figures, and figures to a table for people and a list for programs."""

import dataclasses
import statistics

NOISE = 0.05  # what a bound may be missed by


def figure(value):
    return f'{value:,.{0 if value >= 100 else 2}f}'


@dataclasses.dataclass
class LoadOutcome:
    """The samples of each contender, one a round, and what they come to."""
    bench: object
    samples: dict  # contender -> [Sample]
    unpinned: dict = dataclasses.field(default_factory=dict)

    field = 'cpu'
    best = min

    def median(self, contender, field=None, samples=None):
        values = (getattr(sample, field or self.field) for sample in (samples or self.samples)[contender])
        return statistics.median(values)

    def ratios(self, other):
        """Ours to theirs, round by round."""
        return [getattr(ours, self.field) / getattr(theirs, self.field)
                for ours, theirs in zip(self.samples['mainstay'], self.samples[other])]

    @property
    def peer(self):
        present = [peer for peer in self.bench.peers if peer in self.samples]
        return type(self).best(present, key=self.median) if present else None

    @property
    def ratio(self):
        return statistics.median(self.ratios(self.peer)) if self.peer and 'mainstay' in self.samples else None

    @property
    def floor_ratio(self):
        floor = self.bench.floor
        return statistics.median(self.ratios(floor)) if floor in self.samples and 'mainstay' in self.samples else None

    @property
    def spread(self):
        """How far the rounds' ratios lie apart, as a share of their median."""
        if self.ratio is None:
            return None
        ratios = self.ratios(self.peer)
        return (max(ratios) - min(ratios)) / self.ratio

    @property
    def gates(self):
        """Peer by peer, what our ratio to it should be at the most. A gate alone is for the best of them."""
        if self.bench.gate is None or self.ratio is None:
            return {}
        gates = self.bench.gate if isinstance(self.bench.gate, dict) else {self.peer: self.bench.gate}
        return {peer: bound for peer, bound in gates.items() if peer in self.samples}

    def excess(self, peer, bound):
        return statistics.median(self.ratios(peer)) - bound

    @property
    def missed(self):
        return any(self.excess(peer, bound) > NOISE for peer, bound in self.gates.items())

    @property
    def target(self):
        several = len(self.gates) > 1
        return ', '.join(f'{bound:.2f} × {peer}' if several else f'{bound:.2f}' for peer, bound in self.gates.items())

    def row(self):
        if self.ratio is None:
            return f'| {self.bench.name} | {self.bench.unit} | | | | | not measured |'
        target, judgement = (self.target, self.judgement()) if self.gates else ('', '')
        return (f'| {self.bench.name} | {self.bench.unit} | {figure(self.median("mainstay"))} | '
                f'{self.peer} {figure(self.median(self.peer))} | {self.ratio:.2f} | {target} | {judgement} |')

    def record(self):
        ours = self.median('mainstay') if 'mainstay' in self.samples else None
        return {'bench': self.bench.name, 'unit': self.bench.unit, 'ours': ours, 'peer': self.peer,
                'peer_value': self.median(self.peer) if self.peer else None, 'ratio': self.ratio,
                'floor_ratio': self.floor_ratio, 'spread': self.spread}

    def markdown(self):
        lines = [f'### {self.bench.name}', '',
                 f'| server | µs CPU/request | requests/s | p50 ms | p99 ms | RSS MiB | busy |',
                 '| --- | ---: | ---: | ---: | ---: | ---: | ---: |']
        for contender in self.samples:
            value = {field: self.median(contender, field) for field in ('cpu', 'rate', 'p50', 'p99', 'rss', 'busy')}
            lines.append(f'| {contender} | {value["cpu"]:.2f} | {value["rate"]:,.0f} | {value["p50"]:.2f} | '
                         f'{value["p99"]:.2f} | {value["rss"] / 2**20:.1f} | {value["busy"]:.0%} |')
        lines += ['', self.verdict()]
        busy, waited = ({name: self.median(name, field) for name in self.samples} for field in ('busy', 'waited'))
        idle = [name for name in self.samples if busy[name] + waited[name] < 0.9]
        if idle:
            lines += ['', f'The load generator was the bottleneck for {", ".join(idle)}.']
        if max(waited.values()) > 0.05:
            lines += ['', f'The machine was not ours alone: the servers waited for their core for up to '
                          f'{max(waited.values()):.0%} of the time.']
        if self.unpinned:
            lines += ['', 'Unpinned, two workers, requests/s: ' + ', '.join(
                f'{name} {self.median(name, "rate", self.unpinned):,.0f}' for name in self.unpinned) + '.']
        return '\n'.join(lines) + '\n'

    def verdict(self):
        if self.ratio is None:
            return 'No ratio: Mainstay or its peers were not measured.'
        text = f'Ratio to {self.peer}: **{self.ratio:.2f}** (spread {self.spread:.0%})'
        if self.floor_ratio is not None:
            text += f', to the floor ({self.bench.floor}) {self.floor_ratio:.2f}'
        for other in (*self.bench.beside, *(peer for peer in self.gates if peer != self.peer)):
            if other in self.samples:
                text += f', to {other} {statistics.median(self.ratios(other)):.2f}'
        if self.gates:
            text += f'. Target {self.target}: {self.judgement()}'
        return text + '.'

    def judgement(self):
        if self.missed:
            return '**missed**'
        is_held = all(self.excess(peer, bound) <= 0 for peer, bound in self.gates.items())
        return 'held' if is_held else f'missed by less than the {NOISE} allowed for noise'


@dataclasses.dataclass
class RateOutcome(LoadOutcome):
    """The figure is what is answered in a second: the more the better, and the gate is a lower bound."""
    field = 'rate'
    best = max

    def excess(self, peer, bound):
        return bound - statistics.median(self.ratios(peer))


@dataclasses.dataclass
class FigureOutcome:
    """One figure for each contender, with a bound that is a figure too."""
    bench: object
    values: dict = dataclasses.field(default_factory=dict)
    note: str = ''

    @property
    def ours(self):
        return self.values.get('mainstay')

    @property
    def missed(self):
        if self.bench.bound is None:
            return self.ratio is not None and self.ratio > self.bench.gate + NOISE
        return self.ours is not None and self.ours > self.bench.bound

    @property
    def ratio(self):
        return self.ours / self.values[self.peer] if self.ours is not None and self.peer else None

    @property
    def target(self):
        return f'{self.bench.gate:.2f} × {self.peer}' if self.bench.bound is None else f'{self.bench.bound:,.0f}'

    @property
    def peer(self):
        return min((name for name in self.values if name in self.bench.peers), key=self.values.get, default=None)

    def judgement(self):
        return '**missed**' if self.missed else 'held'

    def row(self):
        if self.ours is None:
            return f'| {self.bench.name} | {self.bench.unit} | | | | | not measured |'
        peer = f'{self.peer} {figure(self.values[self.peer])}' if self.peer else ''
        is_ratio = self.bench.bound is None and self.peer
        ratio, target = (f'{self.ratio:.2f}', f'{self.bench.gate:.2f}') if is_ratio else ('', self.target)
        return (f'| {self.bench.name} | {self.bench.unit} | {figure(self.ours)} | {peer} | {ratio} | '
                f'{target} | {self.judgement()} |')

    def record(self):
        peer, value = self.peer, self.values.get(self.peer)
        return {'bench': self.bench.name, 'unit': self.bench.unit, 'ours': self.ours, 'peer': peer, 'peer_value': value,
                'ratio': self.ratio, 'floor_ratio': None,
                'spread': None}

    def markdown(self):
        lines = [f'### {self.bench.name}', '', f'| server | {self.bench.unit} |', '| --- | ---: |']
        lines += [f'| {name} | {figure(value)} |' for name, value in self.values.items()]
        if self.ours is not None:
            lines += ['', f'Target {self.target}: {self.judgement()}.']
        if self.note:
            lines += ['', self.note]
        return '\n'.join(lines) + '\n'
