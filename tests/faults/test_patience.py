"""What counts as frozen: what stands still, and not what is slow."""

from faults.campaign import ENDURANCE, Patience


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_stands_still_is_frozen():
    time = Time()
    patience = Patience(30, time)
    assert not patience.is_over(0)

    time.now = 30.5

    assert patience.is_over(0)


def test_who_is_slow_but_goes_on_is_not_frozen():
    time = Time()
    patience = Patience(30, time)

    for step in range(5):
        time.now += 29
        assert not patience.is_over(step)

    time.now += 31
    assert patience.is_over(4)


def test_steps_that_lead_nowhere_are_frozen_in_the_end():
    time = Time()
    patience = Patience(30, time)

    waited = 0
    while not patience.is_over(waited):
        time.now += 1
        waited += 1

    assert waited == 30 * ENDURANCE + 1
