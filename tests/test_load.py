"""When newcomers are sent away: for what lasts, and not for a moment's halt."""

from sanchat.load import Load

FREE = 5  # a low descriptor: many are left


def looks(load: Load, *late_seconds: float, at: float = 100.0) -> None:
    """The loop comes to one look after the other, each that late."""
    for late in late_seconds:
        due = at + 0.25
        at = due + late
        load.look(due, at)


def load_of(waiting: int = 0) -> Load:
    return Load(lambda: waiting, queue_changes=100)


def test_a_single_halt_however_long_sends_nobody_away():
    load = load_of()

    looks(load, 0.0, 30.0)

    assert load.late_seconds == 30.0
    assert not load.is_too_much_for(FREE)


def test_a_slow_machine_that_is_late_now_and_then_sends_nobody_away():
    load = load_of()

    looks(load, *[3.0, 3.0, 0.5] * 20)

    assert not load.is_too_much_for(FREE)


def test_a_loop_that_is_late_for_seconds_on_end_sends_newcomers_away():
    load = load_of()

    looks(load, 1.5, 1.5)
    assert not load.is_too_much_for(FREE)
    looks(load, 1.5, 1.5, at=103.5)

    assert load.is_too_much_for(FREE)


def test_newcomers_are_welcome_again_at_the_first_look_that_is_in_time():
    load = load_of()
    looks(load, *[2.0] * 10)
    assert load.is_too_much_for(FREE)

    looks(load, 0.1, at=130.0)

    assert not load.is_too_much_for(FREE)


def test_half_a_queue_or_few_descriptors_send_newcomers_away_at_once():
    assert not load_of(waiting=49).is_too_much_for(FREE)
    assert load_of(waiting=50).is_too_much_for(FREE)
    assert load_of().is_too_much_for(1 << 30)
