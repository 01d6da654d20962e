from __future__ import annotations

import threading

import pytest

from auditor.aws.workers import Workers, fan_out


@pytest.fixture
def workers():
    made = Workers(3)
    yield made
    made.close()


def flat(results):
    return sorted(item for result in results for item in result)


def test_every_item_is_worked_on_once(workers):
    assert flat(fan_out(workers, 8, lambda n: [n, -n], range(1, 40))) == sorted(
        [*range(1, 40), *range(-39, 0)]
    )


def test_work_that_fans_out_itself_does_not_wait_for_ever(workers):
    """More levels and items than threads: each level waits for the one below."""

    def work(depth):
        if depth == 0:
            return [1]
        below = fan_out(workers, 8, work, [depth - 1] * 3)
        return [sum(sum(result) for result in below)]

    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(flat(fan_out(workers, 8, work, [4]))))
    thread.daemon = True
    thread.start()
    thread.join(30)
    assert outcome == [[81]]


def test_work_without_any_free_thread_is_done_by_the_caller(workers):
    busy, release = threading.Barrier(4), threading.Event()

    def hold():
        busy.wait()
        release.wait()

    for _ in range(3):
        workers.submit(hold)
    busy.wait()
    assert flat(fan_out(workers, 8, lambda n: [n], range(5))) == [0, 1, 2, 3, 4]
    release.set()


def test_an_item_that_fails_does_not_stop_the_others(workers):
    def work(number):
        if number == 3:
            raise ValueError("three")
        return [number]

    results = list(fan_out(workers, 4, work, range(6)))
    assert [str(result) for result in results if isinstance(result, Exception)] == ["three"]
    assert flat(result for result in results if not isinstance(result, Exception)) == [
        0,
        1,
        2,
        4,
        5,
    ]


def test_items_that_end_in_an_error_are_worked_on_up_to_there(workers):
    def items():
        yield from range(5)
        raise ValueError("no more pages")

    got = []
    with pytest.raises(ValueError, match="no more pages"):
        got.extend(fan_out(workers, 4, lambda n: [n], items()))
    assert flat(got) == [0, 1, 2, 3, 4]


def test_results_come_while_items_are_still_listed(workers):
    listed = []

    def items():
        for number in range(1000):
            listed.append(number)
            yield number

    results = fan_out(workers, 2, lambda n: [n], items())
    next(results)
    results.close()
    assert len(listed) < 1000
