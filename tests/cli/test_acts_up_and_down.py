"""Kick, ban, mute and announce reach people with the server up, down, and coming up."""

import asyncio
import contextlib
import json
import sqlite3
import threading

import pytest
from harness import serving, serving_process

from sanchat.cli.failures import Exit
from sanchat.store.life import ServerLock


async def run(program, *arguments):
    result = await asyncio.to_thread(program, "sanchat.cli.admin", *arguments, "--json")
    return result, json.loads(result.stdout or b"null")


@pytest.fixture
async def served(database):
    async with serving(database) as server:
        yield server


async def test_who_is_muted_is_told_and_cannot_write(program, served):
    (bob,) = await served.gather("lobby", "bob")

    _, record = await run(program, "users", "mute", "bob", "--reason", "Calm.")

    assert record["connections"] == 1
    assert "Calm." in (await bob.expect("announcement"))["text"]
    post = {"room": "lobby", "text": "hi", "client_message_id": "1"}
    assert (await bob.refused("post", **post))["code"] == "muted"
    await run(program, "users", "unmute", "bob")
    await bob.do("post", **post)


async def test_an_announcement_is_heard_at_every_door(program, served):
    ana, bob = await served.gather("lobby", "ana", "bob")
    plain = await served.plain("lobby", "eve")
    await bob.do("unsubscribe", room="lobby")

    _, record = await run(program, "announce", "Tea is ready.", "--from", "kitchen")

    assert record["connections"] == 3
    for person in (ana, bob):
        heard = await person.expect("announcement")
        assert (heard["text"], heard["from"]) == ("Tea is ready.", "kitchen")
    assert await plain.line() == "[Tea is ready.]"


async def test_a_new_name_is_heard_by_its_bearer_and_the_room(program, served):
    ana, bob = await served.gather("lobby", "ana", "bob")

    result, _ = await run(program, "users", "rename", "bob", "Robert")

    assert result.returncode == 0, result.stderr
    for person in (ana, bob):
        heard = await person.expect("user")
        assert (heard["user"]["name"], heard["was"]) == ("Robert", "bob")
    await bob.post("lobby", "it is me")
    assert (await ana.expect("message"))["user"]["name"] == "Robert"
    members = (await ana.subscribe("lobby"))["members"]
    assert {member["name"] for member in members} == {"ana", "Robert"}
    # The old name is free again, the new one is not.
    await served.join("bob")
    refused = await served.knock("robert")
    assert (await refused.ended())[0] == 4506


async def test_messages_that_are_erased_vanish_before_the_command_ends(program, served):
    ana, bob = await served.gather("lobby", "ana", "bob")
    await ana.post("lobby", "a secret")
    await bob.expect("message")

    result, record = await run(program, "messages", "delete", "lobby", "1", "--yes")

    assert result.returncode == 0, result.stderr
    assert record["connections"] == 2
    (gone,) = await bob.settled("message")
    assert (gone["seq"], gone["changed_seq"]) == (1, 2)
    assert "text" not in gone


async def test_rooms_that_are_set_are_heard_of(program, served):
    (ana,) = await served.gather("lobby", "ana")

    await run(program, "rooms", "set", "lobby", "--topic", "Tea", "--slow", "60")

    assert (await ana.expect("room"))["room"]["topic"] == "Tea"
    await ana.post("lobby", "one", "1")
    assert (await ana.refused("post", room="lobby", text="2", client_message_id="2"))["code"] == (
        "slow_mode"
    )


async def test_what_was_announced_without_a_server_is_told_once_to_who_comes(program, database):
    async with serving(database):
        pass
    _, record = await run(program, "announce", "We moved.")
    assert record["server_running"] is False

    async with serving(database) as server:
        bob = await server.join("bob")
        assert (await bob.expect("announcement"))["text"] == "We moved."
        await bob.close()
        again = await server.join("bob", session=bob.session)
        assert await again.settled("announcement") == []
    async with serving(database) as server:
        later = await server.join("ana")
        assert await later.settled("announcement") == []


async def test_a_mute_and_a_ban_from_before_the_start_hold(program, database):
    async with serving(database) as server:
        bob, eve = await server.gather("lobby", "bob", "eve")

    await run(program, "users", "mute", "bob")
    await run(program, "users", "ban", "eve")

    async with serving(database) as server:
        again = await server.join("bob", session=bob.session)
        post = {"room": "lobby", "text": "hi", "client_message_id": "1"}
        assert (await again.refused("post", **post))["code"] == "muted"
        refused = await server.knock("eve", session=eve.session)
        assert (await refused.ended())[0] == 4502


async def test_an_announcement_just_after_a_start_reaches_those_who_are_still_coming_back(
    program, database
):
    async with serving(database) as server:
        (ana,) = await server.gather("lobby", "ana")
        _, record = await run(program, "announce", "Back again.")
        assert record["connections"] == 1
        bob = await server.join("bob")
        assert (await bob.expect("announcement"))["text"] == "Back again."

        await run(program, "announce", "And well.")

        for person in (ana, bob):
            await person.expect("announcement", text="And well.")
        for name, known in (("ana", ana), ("bob", bob)):
            again = await server.join(name, session=known.session)
            assert await again.settled("announcement") == []


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("kick", ("users", "kick", "bob")),
        ("ban", ("users", "ban", "bob")),
        ("mute", ("users", "mute", "bob")),
        ("announce", ("announce", "x")),
    ],
)
def test_while_a_server_comes_up_a_command_gets_its_answer(program, database, say, kind, arguments):
    """The server has claimed the file, and begins to listen only after the act was written."""
    say("bob")
    lock = ServerLock(database)
    lock.acquire()
    answers = []

    def command():
        answers.append(program("sanchat.cli.admin", *arguments, "--json"))

    waiting = threading.Thread(target=command)
    waiting.start()
    while not acts_of(database, kind):
        assert waiting.is_alive(), answers
    lock.release()
    with serving_process(database):
        waiting.join(timeout=20)

    (result,) = answers
    assert result.returncode == Exit.DONE, result.stderr
    # Whether the command still saw the claim or not: nobody was connected.
    assert not json.loads(result.stdout)["connections"]
    assert acts_of(database, kind) == acts_done(database, kind)


def acts_of(database, kind):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute("select id from acts where kind = ?", (kind,)).fetchall()


def acts_done(database, kind):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "select act_id from act_results join acts on acts.id = act_id where acts.kind = ?",
            (kind,),
        ).fetchall()
