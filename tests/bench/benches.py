# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, under which names, and the bounds that hold."""

from figures import IdleBench, PublishBench, ZoneReloadBench
from hosts import HostsStartBench
from load import DnsBench, Http2Bench, HttpBench, ResumedBench, RowsBench

PROXIES, STATIC, CACHES, DNS = ('nginx', 'HAProxy'), ('nginx',), ('nginx', 'Varnish'), ('Knot', 'NSD')
HTTP2 = (*PROXIES, 'h2o')

BENCHES = [
    HttpBench('proxy-keepalive-64', 'proxy', PROXIES, 'relay', 0.80),
    HttpBench('proxy-keepalive-512', 'proxy', PROXIES, 'relay', 0.65, connections=512),
    HttpBench('proxy-close', 'proxy', PROXIES, gate={'HAProxy': 0.90}, close=True),
    HttpBench('proxy-64k', 'proxy', PROXIES, 'relay', {'nginx': 0.95}, body=64 << 10),
    HttpBench('proxy-1m', 'proxy', PROXIES, 'relay', {'nginx': 0.45, 'HAProxy': 0.70}, body=1 << 20),
    HttpBench('proxy-app', 'app', ('Mainstay, plain backend',), gate=1.00, program='mainstay-core'),
    RowsBench('sql-handler', 'rows', ('Flask', 'Flask, threads'), gate=1.50, beside=('Mainstay before Flask',)),
    HttpBench('static-1k', 'static', STATIC, 'responder', 0.60, ('nginx without sendfile',), body=1 << 10),
    HttpBench('static-100k', 'static', STATIC, 'responder', 0.75, body=100 << 10),
    HttpBench('cached', 'cached', CACHES, 'responder', 0.80, body=8 << 10),
    HttpBench('tls-new', 'proxy', PROXIES, gate=1.00, close=True, secure=True),
    ResumedBench('tls-resumed', 'proxy', PROXIES, gate=1.00),
    HttpBench('tls-keepalive', 'proxy', PROXIES, gate=1.00, secure=True),
    HttpBench('tls-1m', 'proxy', PROXIES, gate=1.00, body=1 << 20, secure=True),
    Http2Bench('http2', 'proxy', HTTP2, gate=1.00),
    HttpBench('hosts', 'hosts', ('Mainstay, one host',), gate=1.00, body=1 << 10, host='h5000.bench.test'),
    HostsStartBench('hosts-start', STATIC, 0.50),
    DnsBench('dns-udp', 'dns', DNS, 'echo', 1.00),
    DnsBench('dns-tcp', 'dns', DNS, tcp=True),
    IdleBench('idle-rss', STATIC, 1024),
    IdleBench('idle-tls', STATIC, gate=1.00, many=15_000, secure=True),
    PublishBench('publish', 1000),
    ZoneReloadBench('zone-reload', 50),
]
