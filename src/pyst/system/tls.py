"""TLS to a server: whom is trusted, and what is wrong with a certificate, in words."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Mapping

from pyst.system.fetch_failure import FetchFailure

USUAL_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep the certificates that they trust, for a Python that was built for another one."""

_WRONG = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is signed by nobody but itself",
    19: "its certificate is signed by somebody who is not trusted",
    20: "its certificate is signed by somebody who is not trusted",
    21: "its certificate is signed by somebody who is not trusted",
    23: "its certificate was revoked",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
"""The errors of OpenSSL's verification (x509_vfy.h) that people meet."""


def make_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """What is demanded of a server: TLS 1.2 or later, and a certificate that is trusted and for its name.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` say who is trusted, else the system does. Raises `FetchFailure`.
    """
    file, folder = environ.get("SSL_CERT_FILE") or None, environ.get("SSL_CERT_DIR") or None
    try:
        if file or folder:
            context = ssl.create_default_context(cafile=file, capath=folder)
        else:
            usual = ssl.get_default_verify_paths()
            bundle = None if usual.cafile or usual.capath else _find_bundle()
            context = ssl.create_default_context(cafile=bundle)
    except (OSError, ssl.SSLError) as error:
        named = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise FetchFailure("E_FETCH_TLS", f"the certificates of `{named}` can't be read: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _find_bundle() -> str | None:
    return next((each for each in USUAL_BUNDLES if os.path.isfile(each)), None)


def secured(raw: socket.socket, host: str, where: str, context: ssl.SSLContext) -> ssl.SSLSocket:
    """The connection with TLS on it, to whom it is meant. Raises `FetchFailure`, and `TimeoutError`."""
    try:
        return context.wrap_socket(raw, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        why = _WRONG.get(error.verify_code, error.verify_message)
        raise FetchFailure(
            "E_FETCH_TLS",
            f"`{where}` does not prove who it is: {why}",
            hint="where a company signs its own certificates, `SSL_CERT_FILE` names the file that has them",
        ) from error
    except TimeoutError:
        raise
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        is_cut = isinstance(error, (ssl.SSLEOFError, ConnectionError))
        why = "it hung up" if is_cut else reason.replace("_", " ").lower()
        raise FetchFailure(
            "E_FETCH_TLS", f"`{where}` does not speak TLS properly: {why}", is_temporary=is_cut, is_undone=True
        ) from error
