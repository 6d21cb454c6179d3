"""The ledger's equations: 0 when everything is accounted for, and the number of what is missing when it is not."""

from __future__ import annotations

import pytest

from riverrun.ledger import Account
from riverrun.serve.books import Books, Line, books, open_entries

ENDS = {"events": {0: 60, 1: 40}, "clicks": {0: 90}, "rejected": {0: 6}, "devices": {0: 12}}


def mapping(**changes: object) -> Account:
    parts: dict[str, object] = {
        "positions": {"events": {0: 60, 1: 36}},
        "received": 96,
        "delivered": {"clicks": 90},
        "rejected": {"unmappable": 4, "corrupt": 2},
        "updated": 1000,
    }
    return Account(room="map", name="clicks", **(parts | changes))  # type: ignore[arg-type]  # parts of an account


def line(result: Books, kind: str, name: str) -> Line:
    return next(line for line in result.lines if (line.kind, line.name) == (kind, name))


def test_a_mapping_that_accounts_for_everything() -> None:
    result = books([mapping()], ENDS)
    found = line(result, "room", "clicks")
    assert (found.stored, found.delivered, sum(found.rejected.values()), found.open) == (100, 90, 6, 4)
    assert found.stored == found.delivered + sum(found.rejected.values()) + found.open
    assert (found.difference, result.difference, result.open) == (0, 0, 4)
    assert line(result, "topic", "clicks").difference == 0


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"received": 95, "delivered": {"clicks": 89}}, 1 + 1),  # an event was not counted; the topic has it
        ({"rejected": {"unmappable": 4}}, 2),  # two events went nowhere
        ({"delivered": {"clicks": 91}}, 1 + 1),  # one was counted twice
        ({"delivered": {"clicks": 90, "other": 3}}, 0),  # three went to a second output as well
        ({"delivered": {"clicks": 40, "other": 40}}, 10 + 50),  # ten went nowhere, and the topic has 50 more
    ],
)
def test_what_a_difference_counts(changes: dict[str, object], difference: int) -> None:
    assert books([mapping(**changes)], ENDS).difference == difference


def test_events_that_another_mapping_takes() -> None:
    account = mapping(received=90, delivered={"clicks": 84}, details={"other_events": 6})
    found = line(books([account], {**ENDS, "clicks": {0: 84}}), "room", "clicks")
    assert (found.stored, found.delivered, found.others, found.open, found.difference) == (100, 84, 6, 4, 0)


def test_a_partition_that_the_account_does_not_know_is_open() -> None:
    assert open_entries(mapping(positions={"events": {0: 60}}), ENDS) == 40
    assert open_entries(mapping(), {}) == 0


def test_a_query_takes_in_what_it_read() -> None:
    query = Account(
        room="run", name="devices", positions={"clicks": {0: 80}}, received=80, delivered={"devices": 12}, late=3
    )
    result = books([query], ENDS)
    found = line(result, "room", "devices")
    assert (found.stored, found.delivered, found.open, found.late, found.difference) == (90, 80, 10, 3, 0)
    assert line(result, "topic", "devices").difference == 0


def test_a_collector_received_what_it_stored_or_rejected() -> None:
    collector = Account(
        room="collect", name="partition-0", received=105, delivered={"events": 100}, rejected={"unparsable": 5}
    )
    result = books([collector], ENDS)
    assert (line(result, "room", "partition-0").stored, result.difference) == (105, 0)
    assert line(result, "topic", "events").difference == 0
    lost = Account(room="collect", name="partition-0", received=105, delivered={"events": 99}, updated=9)
    assert books([lost], ENDS).difference == 6 + 1


def test_a_topic_with_two_writers_is_one_line() -> None:
    one = Account(room="run", name="a", positions={"clicks": {0: 90}}, received=90, delivered={"devices": 5})
    two = Account(room="run", name="b", positions={"clicks": {0: 90}}, received=90, delivered={"devices": 7})
    assert line(books([one, two], ENDS), "topic", "devices").difference == 0


def test_while_data_flows_a_line_is_not_settled() -> None:
    ahead = {**ENDS, "clicks": {0: 93}}
    moving = books([mapping()], ahead, lambda topic: 1500)
    assert line(moving, "topic", "clicks").difference == 3
    assert not line(moving, "topic", "clicks").settled
    assert (moving.difference, moving.settled) == (0, False)
    quiet = books([mapping(updated=2000)], ahead, lambda topic: 1500)
    assert (quiet.difference, quiet.settled) == (3, True)
