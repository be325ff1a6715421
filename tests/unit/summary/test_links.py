from gateway.summary.links import MAX_REFERENCES, link_of, message_ids
from tests.unit.summary.samples import summary


def test_quoting_makes_no_difference() -> None:
    """RFC 5256 2.1 under REFERENCES."""
    expected = ["01KF8JCEOCBS0045PS@xxx.yyy.com"]
    assert message_ids('<"01KF8JCEOCBS0045PS"@xxx.yyy.com>') == expected
    assert message_ids("<01KF8JCEOCBS0045PS@xxx.yyy.com>") == expected
    assert message_ids('<"01KF\\8JCEOCBS0045PS"@ xxx.yyy.com>') == expected


def test_references_count_before_in_reply_to() -> None:
    found = summary("Message-ID: <m@x>\nReferences: <a@x>\n <b@x>\nIn-Reply-To: <c@x>").links
    assert (found.own, found.references) == (link_of("m@x"), (link_of("a@x"), link_of("b@x")))


def test_without_references_the_first_of_in_reply_to_counts() -> None:
    found = summary("References: none\nIn-Reply-To: Your message of today <c@x> <d@x>").links
    assert found.references == (link_of("c@x"),)


def test_a_message_without_its_id_is_known_by_its_header() -> None:
    one, same, other = (summary(f"Subject: {text}").links.own for text in ("a", "a", "b"))
    assert one == same != other


def test_the_last_references_count() -> None:
    found = summary("References: " + "\n ".join(f"<{n}@x>" for n in range(150))).links.references
    assert len(found) == MAX_REFERENCES
    assert found[-1] == link_of("149@x")


def test_case_counts() -> None:
    assert link_of("a@x") != link_of("A@x")


def test_whether_it_answers() -> None:
    assert summary("Subject: =?utf-8?q?Re=3A?= x").links.answers
    assert not summary("Subject: x").links.answers
