"""The fault campaign: real servers, real clients, real harm, and a judge who only reads records.

`history` is what was seen, `checker` the judge, `people` those who chat, `nemesis` those who harm,
`campaign` brings them together, `mutants` are servers broken on purpose. `python -m tests.faults`
runs it at length.
"""
