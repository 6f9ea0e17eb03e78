# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers behind the service that speak TLS, and the authorities that sign their certificates."""
import pathlib
import ssl

import http_peers
import mainstay


class Authority:
    """Signs certificates, all in PEM files of one folder."""

    def __init__(self, folder: pathlib.Path, name: str = "ca"):
        self.folder = folder
        self.pem, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        mainstay.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                     "30", "-subj", f"/CN={name}", "-out", self.pem, "-keyout", self._key, check=True)

    def sign(self, name: str, *alternatives: str, days: int = 30) -> tuple:
        """The files of a certificate and its key. A negative number of days: it has expired."""
        pem, key, request = (self.folder / f"{name}.{ending}" for ending in ("pem", "key", "csr"))
        names = ",".join(alternatives or [f"DNS:{name}"])
        mainstay.run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                     f"/CN={name}", "-addext", f"subjectAltName={names}", "-out", request, "-keyout", key, check=True)
        mainstay.run("openssl", "x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self._key, "-days", days,
                     "-copy_extensions", "copyall", "-out", pem, check=True)
        return pem, key


class Backend(http_peers.Backend):
    """As its base, over TLS. `clients`: the file of the authority whose certificates clients must show."""

    def __init__(self, serve, certificate: tuple, clients: pathlib.Path = None, protocols: list = ["http/1.1"]):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._context.set_alpn_protocols(protocols)
        self._context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        if clients:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(clients)
        self.names = []     # that were asked for, None for none
        self.resumed = []   # of each handshake: whether it went on with a session
        self.subjects = []  # of the clients' certificates
        super().__init__(serve)

    def _run(self, peer: http_peers.Peer):
        try:
            peer.socket = self._context.wrap_socket(peer.socket, server_side=True)
        except (OSError, ValueError):
            peer.close()
            return
        self.resumed.append(peer.socket.session_reused)
        self.subjects.append((peer.socket.getpeercert() or {}).get("subject"))
        super()._run(peer)
