"""Loads the TLS certificate and its key."""

import ssl
from pathlib import Path

from qa.errors import InvalidCertificate


def tls_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """
    Return a server's TLS context, for TLS 1.2 and later.

    Args:
        certificate: PEM file with the certificate and its intermediate certificates.
        key: PEM file with its private key; None if the key is in *certificate*.

    Raises:
        InvalidCertificate: If a file can't be read, or the key isn't the certificate's.
    """
    for path in (certificate, key):
        if path is not None:
            _check_readable(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=_refuse_password)
    except _EncryptedKeyError as error:
        raise InvalidCertificate(
            f"{key or certificate} is encrypted with a password. Remove the password: "
            "openssl pkey -in KEY -out NEW-KEY"
        ) from error
    except ssl.SSLError as error:
        raise InvalidCertificate(_reason(certificate, key, error)) from error
    return context


def _check_readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise InvalidCertificate(
            f"{path} can't be read ({error.strerror}). Check tls_cert and tls_key."
        ) from error


def _reason(certificate: Path, key: Path | None, error: ssl.SSLError) -> str:
    if error.reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
        return f"{key or certificate} is not the key of {certificate}. Check tls_cert and tls_key."
    if key is None:
        return f"{certificate} doesn't contain a certificate and its key in PEM format. Add --tls-key."
    return (
        f"{certificate} and {key} aren't a certificate and its key in PEM format. Check tls_cert and tls_key."
    )


class _EncryptedKeyError(Exception):
    """The key needs a password."""


def _refuse_password() -> str:
    """Raise an error; without a callback, OpenSSL would prompt for a password on the terminal."""
    raise _EncryptedKeyError
