"""Post to external URLs: with a timeout, and without redirects and private addresses."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import SplitResult

from .tls import client_context

_CONNECT_SECONDS = 5.0
#: The time limit for the whole request, however slowly the receiver responds.
_TOTAL_SECONDS = 15.0
#: How much of a response is read. The rest is ignored.
_READ_BYTES = 4_096
#: IPv6 addresses that a gateway translates to IPv4 addresses (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}


class PrivateAddress(OSError):
    """The URL resolves to an address that is not public."""


def post(url: SplitResult, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> int:
    """Post ``body`` to ``url`` and return the status of the response.

    The name is resolved once, and the request is sent to the address that was checked. Proxies in
    the environment are ignored, because they would resolve the name again. Raises `PrivateAddress`
    if the name has no public address, and another `OSError` if the request fails.
    """
    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
    connection = http.client.HTTPConnection(host, port)
    connection.sock = _connect(host, port, allow_private=allow_private)
    alarm = threading.Timer(_TOTAL_SECONDS, _shut_down, [connection])
    alarm.start()
    try:
        if url.scheme == "https":
            connection.sock = _start_tls(connection.sock, host)
            connection.sock.do_handshake()
        path = url._replace(scheme="", netloc="", fragment="", path=url.path or "/").geturl()
        connection.request("POST", path, body, {"Host": url.netloc, **headers})
        response = connection.getresponse()
        response.read(_READ_BYTES)
        return response.status
    except http.client.HTTPException as error:
        raise OSError(f"The response is not HTTP: {type(error).__name__}.") from error
    finally:
        alarm.cancel()
        connection.close()


def _connect(host: str, port: int, *, allow_private: bool) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [each for each in found if allow_private or _is_public(str(each[4][0]))]
    if not addresses:
        raise PrivateAddress(f"{host} has no public address.")
    error: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(_CONNECT_SECONDS)
        try:
            sock.connect(address)
        except OSError as failure:
            sock.close()
            error = failure
        else:
            sock.settimeout(_TOTAL_SECONDS)
            return sock
    raise error or OSError(f"{host} cannot be reached.")


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if embedded is not None and not _is_public(str(embedded)):
            return False
    return ip.is_global and not ip.is_multicast


def _start_tls(sock: socket.socket, host: str) -> ssl.SSLSocket:
    return client_context().wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)


def _shut_down(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)
