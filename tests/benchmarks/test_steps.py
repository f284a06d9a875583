"""`scripts/bench steps` sees every step of a round, and writes that arrive."""

from benchmarks.steps import STEPS, WAIT, Shape, measure, write_us


async def test_every_step_of_a_round_has_its_time():
    spent = await measure(Shape(rooms=2, members=2, senders=1, messages=3, rounds=2))

    assert spent.keys() == {*STEPS, WAIT}
    assert all(spent[step] > 0 for step in STEPS)


def test_a_write_to_a_socket_takes_some_time():
    assert write_us(b"x" * 250, count=40) > 0
