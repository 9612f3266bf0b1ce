"""Certificates for servers on loopback, all of one key that is nobody else's."""

import ipaddress
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(name: str, issuer: str, host: str | None = None) -> bytes:
    """Certify our only key as a root, or as a server's of `host` by the root called `issuer`."""
    by, to = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (issuer, name))
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder(by, to, _key().public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=host is None, crl_sign=host is None, **usage
            ),
            critical=True,
        )
    )
    # Python 3.13 asks for both names of keys.
    key = x509.SubjectKeyIdentifier.from_public_key(_key().public_key())
    issued = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key)
    builder = builder.add_extension(key, critical=False).add_extension(issued, critical=False)
    if host is not None:
        names = x509.SubjectAlternativeName([_named(host)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def chain(name: str, issuer: str, host: str) -> bytes:
    """Return what a server loads: its certificate, and the key."""
    return certificate(name, issuer, host) + _key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
