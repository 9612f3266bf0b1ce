"""The roots that the layer ships apart are Amazon's own, all of them, out of botocore's."""

import ssl
from pathlib import Path
from typing import Any

import botocore
import pytest

from infra import layer

BUNDLE = (Path(botocore.__file__).parent / "cacert.pem").read_text(encoding="utf-8")


def test_the_roots_are_amazons_and_each_can_be_loaded() -> None:
    """S11."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=layer.amazon_roots(BUNDLE))
    subjects: list[Any] = [root["subject"] for root in context.get_ca_certs()]
    named = sorted(dict(pair for (pair,) in subject)["commonName"] for subject in subjects)
    assert named == [
        *(f"Amazon Root CA {number}" for number in range(1, 5)),
        "Starfield Services Root Certificate Authority - G2",
    ]


def test_a_bundle_without_one_of_them_stops_the_build() -> None:
    with pytest.raises(ValueError, match="4 of Amazon's 5"):
        layer.amazon_roots(BUNDLE.replace('"Amazon Root CA 3"', '"Another"'))
