"""What one reader asked is not asked again, and is not kept longer than it may be wanted."""

from __future__ import annotations

import threading

import pytest

from auditor.aws.shared import Shared

TWO = [("eu-west-1", "sqs.list_queues")] * 2


def source(asked, *pages):
    def read():
        for page in pages:
            asked.append(page)
            yield page

    return read


def take(shared, read, key="all"):
    return list(shared.pages("eu-west-1", "sqs.list_queues", key, read))


def test_a_listing_is_read_once_for_all_readers():
    asked, shared = [], Shared(TWO)
    assert take(shared, source(asked, 1, 2)) == [1, 2]
    assert take(shared, source(asked, 1, 2)) == [1, 2]
    assert asked == [1, 2]


def test_other_arguments_are_another_listing():
    asked, shared = [], Shared(TWO)
    take(shared, source(asked, 1), key="a")
    take(shared, source(asked, 2), key="b")
    assert asked == [1, 2]


def test_another_region_is_another_listing():
    asked, shared = [], Shared(TWO)
    take(shared, source(asked, 1))
    assert list(shared.pages("us-east-1", "sqs.list_queues", "all", source(asked, 2))) == [2]


def test_a_second_reader_goes_along_while_the_first_still_reads():
    asked, shared = [], Shared(TWO)
    first = iter(shared.pages("eu-west-1", "sqs.list_queues", "all", source(asked, 1, 2, 3)))
    second = iter(shared.pages("eu-west-1", "sqs.list_queues", "all", source(asked, 1, 2, 3)))
    assert [next(first), next(second), next(second), next(first)] == [1, 1, 2, 2]
    assert asked == [1, 2]


def test_a_failure_is_raised_to_all():
    def read():
        yield 1
        raise ValueError("denied")

    shared = Shared(TWO)
    for _ in range(2):
        got = []
        with pytest.raises(ValueError, match="denied"):
            got.extend(iter(shared.pages("eu-west-1", "sqs.list_queues", "all", read)))


def test_many_threads_that_want_one_reply_ask_once():
    asked, got = [], []
    shared = Shared([("", "s3.list_buckets")] * 8)
    start = threading.Barrier(8)

    def ask():
        asked.append(1)
        return {"Buckets": []}

    def want():
        start.wait()
        got.append(shared.reply("", "s3.list_buckets", "all", ask))

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), asked) == (8, [1])


class Page:
    """A reply whose end of life can be seen."""

    alive = 0

    def __init__(self):
        Page.alive += 1

    def __del__(self):
        Page.alive -= 1


def one_page():
    yield Page()


def test_replies_are_dropped_when_all_readers_have_had_them():
    shared = Shared(TWO)
    for _ in range(2):
        for _page in shared.pages("eu-west-1", "sqs.list_queues", "all", one_page):
            assert Page.alive == 1
        del _page
    assert Page.alive == 0


def test_replies_are_dropped_when_the_other_readers_have_ended():
    shared = Shared(TWO)
    for _page in shared.pages("eu-west-1", "sqs.list_queues", "all", one_page):
        pass
    del _page
    assert Page.alive == 1
    for _ in range(2):
        shared.finished("eu-west-1", ["sqs.list_queues"])
    assert Page.alive == 0


def test_what_only_one_reader_can_want_is_not_kept():
    shared = Shared(TWO[:1])
    for _page in shared.pages("eu-west-1", "sqs.list_queues", "all", one_page):
        pass
    del _page
    assert Page.alive == 0
