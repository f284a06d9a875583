"""Token buckets, on a clock that the test moves."""

import pytest

from sanchat.errors import RateLimited
from sanchat.limits import Bucket, Buckets, Limits, Rate, Spacing


class Hand:
    """The hand of a clock."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Hand()


def test_a_burst_is_free_and_then_each_token_takes_its_time():
    bucket = Bucket(Rate(10, 2), 0.0)

    assert [bucket.take(0.0) for _ in range(10)] == [0] * 10
    assert bucket.take(0.0) == 500
    assert bucket.take(0.4) == 100
    assert bucket.take(0.5) == 0


def test_waiting_as_long_as_one_is_told_is_enough(clock):
    buckets = Buckets(Rate(3, 0.7), clock)
    while (wait_ms := buckets.take("ana")) == 0:
        pass

    clock.now += wait_ms / 1000

    assert buckets.take("ana") == 0


def test_who_is_refused_pays_nothing(clock):
    buckets = Buckets(Rate(1, 1), clock)
    buckets.take("ana")

    waits = [buckets.take("ana") for _ in range(100)]

    assert waits == [1_000] * 100


def test_patience_is_rewarded_up_to_the_burst_alone(clock):
    buckets = Buckets(Rate(3, 1), clock)
    buckets.take("ana")

    clock.now += 3_600

    assert [buckets.take("ana") for _ in range(4)] == [0, 0, 0, 1_000]


def test_a_bucket_that_rests_is_not_refilled_until_then_and_loses_nothing(clock):
    buckets = Buckets(Rate(2, 1), clock)
    buckets.take("ana")

    buckets.rest("ana", 10)
    buckets.rest("ana", 5)  # which is over sooner
    clock.now += 4
    assert [buckets.take("ana"), buckets.take("ana")] == [0, 7_000]

    clock.now += 7
    assert [buckets.take("ana"), buckets.take("ana")] == [0, 1_000]


def test_nobody_pays_for_another(clock):
    buckets = Buckets(Rate(1, 1), clock)
    buckets.take("ana")

    assert buckets.take("bob") == 0


def test_only_those_who_came_last_are_remembered(clock):
    buckets = Buckets(Rate(1, 1), clock, capacity=2)
    for name in ("ana", "bob", "ana", "eve"):
        buckets.take(name)

    assert buckets.take("bob") == 0
    assert buckets.take("eve") > 0


def test_a_clock_that_stands_still_refuses_and_does_not_fail(clock):
    buckets = Buckets(Rate(1, 1 / 600), clock)

    assert buckets.take("ana") == 0
    assert buckets.take("ana") == 600_000


@pytest.mark.parametrize(
    ("name", "burst", "wait_ms"),
    [
        ("writes", 10, 500),
        ("refusals", 100, 200),
        ("reads", 200, 25),
        ("typing", 3, 1_000),
        ("rooms", 10, 60_000),
        ("sign_ins", 64, 9_375),
    ],
)
def test_s17_the_rates_of_a_server_are_those_that_are_written_down(clock, name, burst, wait_ms):
    limits = Limits(clock)
    buckets = getattr(limits, name)

    for _ in range(burst):
        limits.spend(buckets, "ana", "go on")
    with pytest.raises(RateLimited) as refused:
        limits.spend(buckets, "ana", "go on")

    assert refused.value.facts["retry_after_ms"] == wait_ms
    assert "go on again in" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10, 2/s", Rate(10, 2)),
        (" 3,90 / min ", Rate(3, 1.5)),
        ("5, 100/h", Rate(5, 100 / 3600)),
        ("1, 0.5/s", Rate(1, 0.5)),
    ],
)
def test_a_rate_is_written_as_people_say_it(text, rate):
    assert Rate.parse(text) == rate
    assert Rate.parse(str(rate)) == rate


@pytest.mark.parametrize(
    "text", ["", "10", "10, 2", "0, 1/s", "1, 0/s", "-1, 1/s", "1, nan/s", "9999999, 1/s", "1,2/d"]
)
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(ValueError, match=r"rate|bounds"):
        Rate.parse(text)


def test_s2_s17_many_who_are_refused_at_once_come_again_one_by_one(clock):
    spacing = Spacing(clock, 0.5)

    assert [spacing.seconds_until(2.0) for _ in range(4)] == [2.0, 2.5, 3.0, 3.5]
    clock.now += 3.0
    assert spacing.seconds_until(2.0) == 2.0
    assert spacing.seconds_until(0.0) == 2.5
