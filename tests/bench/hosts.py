# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual hosts, each with a certificate and key of its own: how long a server takes to start with all of them."""

import dataclasses
import http.client
import socket
import ssl
import statistics
import time

import report
from load import SERVER_CORE, HttpBench
from servers import HOSTS, HTTP_PORT, host_name


def answers_as(number):
    """Whether that host is served, with its own certificate."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(('127.0.0.1', HTTP_PORT), timeout=10) as plain, \
                trusting.wrap_socket(plain, server_hostname=host_name(number)) as connection:
            certificate = connection.getpeercert(binary_form=True)
            connection.sendall(f'GET /file.bin HTTP/1.1\r\nHost: {host_name(number)}\r\nConnection: close\r\n\r\n'.encode())
            response = http.client.HTTPResponse(connection)
            response.begin()
            return response.status == 200 and host_name(number).encode() in certificate
    except OSError:
        return False


@dataclasses.dataclass
class HostsStartBench:
    """From the start of the program until the last of the hosts is served."""
    name: str
    peers: tuple
    gate: float
    unit = 'ms'
    bound = None
    rounds = 3

    def run(self, context):
        HttpBench(self.name, 'hosts', (), body=1024).prepare(context)
        outcome = report.FigureOutcome(self)
        for contender in ('mainstay', *self.peers):
            if context.wants(contender):
                outcome.values[contender] = statistics.median(self.start(context, contender) for _ in range(self.rounds))
        return outcome

    def start(self, context, contender):
        context.progress(f'{self.name}: {contender}')
        began = time.monotonic()
        with context.start(contender, 'hosts', 1, SERVER_CORE, True) as server:
            server.wait_until(lambda: answers_as(HOSTS - 1))
            return (time.monotonic() - began) * 1000
