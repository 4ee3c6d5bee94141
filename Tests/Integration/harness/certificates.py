# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of the test's own, and certificates for names or addresses."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """PEM files."""

    certificate: Path
    key: Path


class Certificates:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.authority = self._authority("ca")

    def server(self, name: str, *subjects: str, authority: Path | None = None) -> ssl.SSLContext:
        """A server's context with a certificate for subjects such as `IP:127.0.0.1`."""
        identity = self.issue(name, *subjects, authority=authority)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(identity.certificate, identity.key)
        return context

    def issue(
        self,
        name: str,
        *subjects: str,
        authority: Path | None = None,
        rsa: bool = False,
        days: int = 1,
    ) -> Identity:
        """A certificate for subjects such as `DNS:a.example`. With -1 day it has expired."""
        signer = authority or self.authority
        key, request = self.directory / f"{name}.key", self.directory / f"{name}.csr"
        certificate, extensions = self.directory / f"{name}.pem", self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(subjects)}\n")
        subject: list[str | Path] = ["-subj", f"/CN={name}", "-keyout", key, "-out", request]
        _openssl("req", "-newkey", *(("rsa:2048",) if rsa else _CURVE), "-nodes", *subject)
        issuer: list[str | Path] = [
            "-CA",
            signer,
            "-CAkey",
            signer.with_suffix(".key"),
            "-CAcreateserial",
        ]
        names: list[str | Path] = ["-in", request, "-extfile", extensions, "-out", certificate]
        _openssl("x509", "-req", "-days", str(days), *issuer, *names)
        return Identity(certificate, key)

    def client(self, identity: Identity | None = None) -> ssl.SSLContext:
        """A client's context that trusts the authority, and shows a certificate if it is asked."""
        context = ssl.create_default_context(cafile=str(self.authority))
        if identity:
            context.load_cert_chain(identity.certificate, identity.key)
        return context

    def stranger(self) -> Path:
        """An authority that nobody trusts."""
        return self._authority("stranger")

    def _authority(self, name: str) -> Path:
        path = self.directory / f"{name}.pem"
        subject: list[str | Path] = [
            "-subj",
            f"/CN={name}",
            "-keyout",
            path.with_suffix(".key"),
            "-out",
            path,
        ]
        _openssl("req", "-x509", "-newkey", *_CURVE, "-nodes", "-days", "1", *subject)
        return path


_CURVE = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def _openssl(*arguments: str | Path) -> None:
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
