from __future__ import annotations

from auditor.fingerprint import Identity, without_elements

FOUND = Identity("NET-SG-SSH", "envs/prod", "aws_security_group.a", "ingress[3].cidr_blocks[0]")


def test_it_is_the_same_for_ever():
    """Stored baselines hold it: a change of this value breaks every one of them."""
    assert FOUND.fingerprint == "2aee838341085d93284c5846a94c75d8"


def test_element_numbers_do_not_count():
    assert without_elements(FOUND.attribute) == "ingress.cidr_blocks"


def test_names_are_kept_apart():
    """No two fields can be put together to the same text."""
    one = Identity("A", "b", "c", "d", "e")
    others = [Identity("A", "b", "c", "de"), Identity("A", "bc", "", "d", "e")]
    assert one.fingerprint not in {each.fingerprint for each in others}


def test_a_move_gives_the_identity_that_the_other_side_has():
    moved = FOUND.with_(root="live/prod", address="aws_security_group.b")
    assert moved == Identity(
        "NET-SG-SSH", "live/prod", "aws_security_group.b", "ingress[3].cidr_blocks[0]"
    )
