# SPDX-License-Identifier: GPL-3.0-or-later
"""The zone of the DNS benches, bench.test, and the questions asked of it. The same at every run."""

import random

ORIGIN = 'bench.test'
NAMES = 100_000

HEAD = f'''$ORIGIN {ORIGIN}.
$TTL 3600
@ SOA ns1 hostmaster 1 3600 900 1209600 300
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
*.wild A 192.0.2.3
'''

# Of a hundred questions, how many are of each kind.
MIX = {'A': 50, 'AAAA': 15, 'CNAME': 10, 'NXDOMAIN': 15, 'wildcard': 10}
CODES = {'NOERROR': 0.85, 'NXDOMAIN': 0.15}


def write_zone(path, names=NAMES):
    """Names h0 to hN: each tenth an alias of its neighbour, the others an address of each family."""
    with open(path, 'w') as out:
        out.write(HEAD)
        for i in range(names):
            if i % 10 == 9:
                out.write(f'h{i} CNAME h{i - 1}\n')
            else:
                out.write(f'h{i} A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}\n')
                out.write(f'h{i} AAAA 2001:db8::{i >> 16:x}:{i & 0xffff:x}\n')


def write_queries(path, count=200_000, names=NAMES):
    chance = random.Random(1)
    kinds = chance.choices(list(MIX), weights=list(MIX.values()), k=count)
    with open(path, 'w') as out:
        for kind in kinds:
            host = chance.randrange(names // 10) * 10
            name, question = {
                'A': (f'h{host + chance.randrange(9)}', 'A'),
                'AAAA': (f'h{host + chance.randrange(9)}', 'AAAA'),
                'CNAME': (f'h{host + 9}', 'A'),
                'NXDOMAIN': (f'x{host}', 'A'),
                'wildcard': (f'w{host}.wild', 'A'),
            }[kind]
            out.write(f'{name}.{ORIGIN} {question}\n')
