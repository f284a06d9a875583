"""The proof that the campaign can fail: six servers broken on purpose, each found out."""

import pytest

from faults.campaign import campaign
from faults.mutants import MUTANTS

SCRIPT = "tests/faults/mutants.py"


@pytest.mark.parametrize("name", MUTANTS)
async def test_the_campaign_finds_out_a_server_with(name, tmp_path):
    mutant = MUTANTS[name]

    verdict = await campaign(
        tmp_path,
        mutant.faults,
        cycles=4,
        senders=10,
        acks_per_cycle=60,
        program=(SCRIPT, name),
        patience_seconds=5,
    )

    assert verdict.rules & mutant.rules, verdict.violations[:20]
