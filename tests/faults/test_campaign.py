"""R1, R3 to R8, R11, R12, R15, R16: one of each harm under load, and nobody sees anything wrong.

The short form of `python -m tests.faults`; docs/reliability.md has the figures of the long one.
"""

import pytest

from faults.campaign import campaign
from faults.command import ON_DISK

SENDERS = 15


async def test_people_chat_through_every_harm_and_see_one_room(tmp_path):
    cycles = len(ON_DISK)

    verdict = await campaign(
        tmp_path, ON_DISK, cycles=cycles, senders=SENDERS, acks_per_cycle=60, seed=7
    )

    assert verdict.violations == []
    assert verdict.acks >= 60 * cycles
    assert verdict.resumes >= SENDERS * 2
    assert verdict.epochs == 1 + verdict.faults["swap"]
    left_out = {fault: reason for fault, reason in verdict.skipped.items()}
    done = {fault for fault, times in verdict.faults.items() if times}
    assert done | left_out.keys() == set(ON_DISK)
    if left_out:
        pytest.skip(f"all but {left_out} held")


async def test_people_chat_through_a_disk_that_fills_up_again_and_again(tmp_path):
    verdict = await campaign(
        tmp_path, ["full", "kill"], cycles=4, senders=SENDERS, acks_per_cycle=60, seed=8
    )

    if "full" in verdict.skipped:
        pytest.skip(verdict.skipped["full"])
    assert verdict.violations == []
    assert verdict.refusals["unavailable"] > 0
    assert verdict.faults == {"full": 2, "kill": 2}
