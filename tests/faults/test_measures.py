"""R8, R9, R10, R12, R14, R19 in short; docs/reliability.md has the figures of the long measures."""

from faults import backups, locked, restarts, soak, stalled


async def test_backups_made_while_people_write_are_consistent_prefixes(tmp_path):
    found = await backups.measure(tmp_path, times=4)

    assert found.faults == []
    assert found.posted > 100


async def test_restarts_under_load_lose_nothing_and_keep_the_epoch(tmp_path):
    found = await restarts.measure(tmp_path, times=3, stalled=3)

    assert found.faults == []
    assert found.times == 3
    assert found.acks >= 3 * restarts.ACKS


async def test_a_locked_database_holds_up_no_ping(tmp_path):
    found = await locked.measure(tmp_path, seconds=3)

    assert found.refused > 0
    assert len(found.locked) > 100
    # The figure of 50 ms belongs to a machine with nothing else to do; the lock lasts 3,000.
    assert locked.at(0.99, found.locked) < 0.5


async def test_people_who_come_and_go_leave_nothing_behind(tmp_path):
    found = await soak.soak(tmp_path, people=30, seconds=8, stay=(0.5, 2.0))

    assert found.faults == []
    assert found.visits > 60


async def test_those_who_stop_reading_are_evicted_and_cost_a_mebibyte_each_at_most(tmp_path):
    found = await stalled.measure(tmp_path, offered=8 << 20)

    assert found.evicted == stalled.STALLED
    assert found.evicted_seconds <= stalled.EVICTED_SECONDS
    assert found.bytes_each <= stalled.LARGEST_OUTBOX * 1.25


def test_a_slope_of_memory_is_told_from_noise():
    flat = soak.Findings(1, 3600, memory=[(n, 100 + n % 3) for n in range(3600)])
    steep = soak.Findings(1, 3600, memory=[(n, 100 + n / 360) for n in range(3600)])

    assert abs(flat.slope) < 0.1
    assert 9.9 < steep.slope < 10.1
    assert flat.faults == []
    assert steep.faults != []
