"""The log's tree is that of RFC 9162, whose definitions stand here as they are written there."""

import hashlib
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.verify_evidence import consistent, included
from shared.domain import log_entries, merkle_log
from shared.domain.hash_chain import base64url
from shared.domain.merkle_log import Frontier

Entries = Sequence[bytes]
entries = st.lists(st.binary(max_size=3), min_size=1, max_size=70)


def mth(d: Entries) -> bytes:
    """2.1.1: the Merkle Tree Hash."""
    if not d:
        return hashlib.sha256(b"").digest()
    if len(d) == 1:
        return hashlib.sha256(b"\x00" + d[0]).digest()
    k = split(len(d))
    return hashlib.sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: Entries) -> list[bytes]:
    """2.1.3.1: the inclusion proof."""
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def subproof(m: int, d: Entries, b: bool) -> list[bytes]:
    """2.1.4.1: the consistency proof."""
    if m == len(d):
        return [] if b else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], b), mth(d[k:])]
    return [*subproof(m - k, d[k:], False), mth(d[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class Stored:
    """Complete subtrees as they are kept while a tree grows."""

    def __init__(self, grown: Entries) -> None:
        self.frontier = Frontier()
        self.nodes = {(level, n): found for level, n, found in self.frontier.extend(grown)}

    def __call__(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


@given(entries)
def test_growing_by_what_is_new_gives_the_tree_hash_of_all(grown: Entries) -> None:
    stored = Stored(grown)
    assert stored.frontier.root == mth(grown)
    assert stored.frontier.size == len(grown)
    for size in range(len(grown) + 1):
        assert merkle_log.root(0, size, stored) == mth(grown[:size])
    assert Frontier().root == mth([])


@given(entries, st.data())
def test_inclusion_proofs_are_the_rfcs_and_hold_for_the_auditor(
    grown: Entries, data: st.DataObject
) -> None:
    stored, size = Stored(grown), len(grown)
    leaf = data.draw(st.integers(0, size - 1))
    proof = merkle_log.inclusion(leaf, size, stored)
    assert proof == path(leaf, grown)
    head, entry = mth(grown), grown[leaf]
    steps = [base64url(step) for step in proof]
    assert included(leaf, size, entry, steps, head)
    # Nothing else holds: another entry, size, root, place, or a proof with more or less in it.
    assert not included(leaf, size, entry + b"x", steps, head)
    assert not included(leaf, size, entry, steps, b"x" * 32)
    assert not included(leaf, size, entry, [*steps, base64url(head)], head)
    assert not steps or not included(leaf, size, entry, steps[:-1], head)
    assert not included(size, size, entry, steps, head)
    assert not included(-1, size, entry, steps, head)


@given(entries, st.data())
def test_consistency_proofs_are_the_rfcs_and_hold_for_the_auditor(
    grown: Entries, data: st.DataObject
) -> None:
    stored, size = Stored(grown), len(grown)
    earlier = data.draw(st.integers(1, size))
    proof = merkle_log.consistency(earlier, size, stored)
    assert proof == subproof(earlier, grown, True)
    before, head = mth(grown[:earlier]), mth(grown)
    assert consistent(earlier, before, size, head, proof)
    assert not consistent(earlier, b"x" * 32, size, head, proof)
    assert not consistent(earlier, before, size, b"x" * 32, proof)
    assert not consistent(earlier, before, size, head, [*proof, head])
    assert not proof or not consistent(earlier, before, size, head, proof[:-1])
    assert not consistent(0, before, size, head, proof)


def test_known_trees_of_the_field() -> None:
    """The empty tree, and the first of the vectors that Certificate Transparency's logs use."""
    assert Frontier().root.hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    one = Frontier()
    one.extend([b""])
    assert one.root.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    one.extend([b"\x00"])
    assert one.root.hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"


def test_entries_tell_nothing_and_removals_are_recognised_by_who_has_the_digest() -> None:
    entry = log_entries.decision("salt", "digest")
    assert len(entry) == 32
    with pytest.raises(ValueError):  # noqa: PT011 - whatever JSON says of it
        json.loads(entry)
    gone = log_entries.removal(7, log_entries.was("digest"), "2026-02-01")
    assert b"digest" not in gone
    assert json.loads(gone)["removed"] == 7
    assert log_entries.decode(log_entries.encode(entry)) == entry


def test_a_head_is_written_as_checkpoints_are() -> None:
    text = log_entries.checkpoint("example.com/behind-the-sofa", 20852163, b"\0" * 32)
    assert text.split("\n")[:2] == ["example.com/behind-the-sofa", "20852163"]
    note = log_entries.signed_note(text, "example.com/behind-the-sofa", b"der", b"signature")
    assert note.startswith(f"{text}\n— example.com/behind-the-sofa ")
    assert note.endswith("\n")
    assert log_entries.head(note) == (20852163, b"\0" * 32)
