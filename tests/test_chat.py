"""The use cases, without any connection: what is cleaned, refused, and done."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import HandClock, do, present

from sanchat.adoption import EnsureImportedUser
from sanchat.broker import open_broker
from sanchat.changes import KeepOut, Subscribe
from sanchat.chat import Chat, open_chat
from sanchat.errors import (
    BadFrame,
    BadName,
    Banned,
    Conflict,
    EmptyText,
    Forbidden,
    NameTaken,
    NotFound,
    NotSignedIn,
    RateLimited,
    TextTooLong,
)
from sanchat.identity import token_hash
from sanchat.journal import Journal
from sanchat.limits import Limits
from sanchat.presence import HeldNames
from sanchat.store import open_store
from sanchat.tasks import Tasks


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def chat(tmp_path: Path, clock: HandClock) -> AsyncIterator[Chat]:
    database = tmp_path / "chat.db"
    store = await open_store(database, server=True, clock=clock)
    journal = Journal(store, None, lambda: None)
    async with Tasks() as tasks:
        tasks.start(journal.run())
        names = HeldNames(30, lambda: clock() / 1000)
        yield Chat(store, open_broker(database), journal, clock=clock, names=names)
        tasks.cancel()
    await store.close()


# People


async def test_a_guest_gets_a_session_that_only_its_token_opens(chat):
    session, token = await chat.sign_in_guest("ana")

    found = await chat.session(token)

    assert found.user == session.user
    assert await chat.session(token[:-1]) is None
    assert await chat.session("") is None


async def test_the_store_knows_no_token(chat, tmp_path):
    _, token = await chat.sign_in_guest("ana")
    await chat.store.checkpoint()

    data = (tmp_path / "chat.db").read_bytes()

    assert token_hash(token) in data
    assert token.encode() not in data


async def test_a_held_name_is_refused_in_every_look(chat):
    await chat.sign_in_guest("ana")

    for name in ("ana", "ANA", "аna"):
        with pytest.raises(NameTaken):
            await chat.sign_in_guest(name)


async def test_a_name_is_free_again_when_nobody_has_worn_it_for_a_while(chat, clock):
    first, _ = await chat.sign_in_guest("ana")
    clock.turn(seconds=31)

    second, _ = await chat.sign_in_guest("ana")

    assert second.user.id != first.user.id


@pytest.mark.parametrize("name", ["admin", "Ｒoot", "sуstem", "Moderator", "", "a  b", "a\u202eb"])
async def test_nobody_signs_in_under_a_reserved_or_unfit_name(chat, name):
    with pytest.raises(BadName):
        await chat.sign_in_guest(name)


async def test_a_refused_sign_in_does_not_hold_the_name(chat):
    session, _ = await chat.sign_in_guest("eve")
    await do(chat.store, KeepOut(kind="ban", user_id=session.user.id, until=chat._clock() + 60_000))
    chat.names.free("eve", session.user.id)

    with pytest.raises(Banned):
        await chat.sign_in_guest("eve")

    assert chat.names.is_free("eve")


async def test_two_who_take_one_name_at_once_do_not_both_get_it(chat):
    results = await asyncio.gather(
        *(chat.sign_in_guest("ana") for _ in range(10)), return_exceptions=True
    )

    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert sum(isinstance(result, NameTaken) for result in results) == 9


async def test_a_closed_server_admits_no_guests(chat):
    chat.sessions.guests_are_open = False

    with pytest.raises(NotSignedIn):
        await chat.sign_in_guest("ana")


async def test_a_session_in_use_is_noted_once_an_hour(chat, clock):
    _, token = await chat.sign_in_guest("ana")
    clock.turn(seconds=3_000)
    early = (await chat.session(token)).seen_at
    clock.turn(seconds=3_000)
    await chat.session(token)

    late = (await chat.session(token)).seen_at

    assert late - early == 6_000_000


@pytest.mark.parametrize(("days", "is_there"), [(29.9, True), (30.1, False)])
async def test_an_unused_session_ends_by_itself(chat, clock, days, is_there):
    _, token = await chat.sign_in_guest("ana")

    clock.turn(days=days)

    assert (await chat.session(token) is not None) is is_there
    assert (await chat.session(token) is not None) is is_there


async def test_a_session_in_use_ends_after_half_a_year(chat, clock):
    _, token = await chat.sign_in_guest("ana")
    for _ in range(9):
        clock.turn(days=20)
        assert await chat.session(token) is not None

    clock.turn(seconds=1)

    assert await chat.session(token) is None


async def test_who_signed_out_has_no_session(chat):
    session, token = await chat.sign_in_guest("ana")

    await chat.sign_out(session)

    assert await chat.session(token) is None


async def test_a_user_is_found_by_name_and_by_id(chat):
    session, _ = await chat.sign_in_guest("Ana")

    assert await chat.find_user("ana") == session.user
    assert await chat.find_user(f"#{session.user.id}") == session.user
    for unknown in ("nobody", "#999", "#0", "sanchat"):
        with pytest.raises(NotFound):
            await chat.find_user(unknown)


# Rooms


async def test_a_room_is_created_once(chat):
    room = await chat.create_room("Lobby", title="The lobby")

    with pytest.raises(Conflict):
        await chat.create_room("lobby")

    assert (room.name, room.title) == ("Lobby", "The lobby")
    assert await chat.room("LOBBY") == room


@pytest.mark.parametrize("name", ["", "a b", "..", "x" * 65, "a/b"])
async def test_a_room_has_a_name_that_fits_an_address(chat, name):
    with pytest.raises(BadName):
        await chat.create_room(name)


async def test_on_a_public_server_guests_create_no_rooms(chat):
    session, _ = await chat.sign_in_guest("ana")
    chat._is_public = True

    with pytest.raises(Forbidden):
        await chat.create_room("lobby", user=session.user)


async def test_a_closed_room_looks_like_none_to_outsiders(chat):
    ana, bob = [(await chat.sign_in_guest(name))[0].user for name in ("ana", "bob")]
    await chat.create_room("secret", kind="closed", user=ana)

    refusals = []
    for name in ("secret", "nothing"):
        with pytest.raises(NotFound) as refusal:
            await chat.place(bob, name)
        refusals.append(str(refusal.value))

    assert (await chat.place(ana, "secret")).role == "owner"
    assert len(set(refusals)) == 1


async def test_the_first_hearing_of_an_open_room_makes_a_member(chat):
    session, _ = await chat.sign_in_guest("ana")
    await chat.create_room("lobby")

    first = await chat.subscribe(session.user, await chat.place(session.user, "lobby"))
    second = await chat.subscribe(session.user, await chat.place(session.user, "lobby"))

    assert (first.began, second.began) == (True, False)


# Messages


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", EmptyText),
        (" \n\t", EmptyText),
        ("x" * 4_001, TextTooLong),
        ("a\0b", BadFrame),
    ],
)
async def test_a_text_that_is_none_is_refused_before_it_costs_anything(chat, text, error):
    session, _ = await chat.sign_in_guest("ana")

    with pytest.raises(error):
        chat.post(session.user, session.id, "lobby", text, "1")


@pytest.mark.parametrize("text", ["x" * 4_000, "😀" * 4_000, " a \n", "\u202e"])
async def test_a_text_is_kept_as_it_came(chat, text):
    session, _ = await chat.sign_in_guest("ana")
    await chat.create_room("lobby")

    await chat.journal.write(chat.post(session.user, session.id, "lobby", text, "1"))

    (message,) = await chat.store.newest(await present(chat.store, "lobby"), limit=2)
    assert message.text == text


@pytest.mark.parametrize("id", ["", "x" * 65, "a\0"])
async def test_an_id_has_one_to_sixty_four_characters(chat, id):
    session, _ = await chat.sign_in_guest("ana")

    with pytest.raises(BadFrame):
        chat.post(session.user, session.id, "lobby", "hi", id)


async def test_who_writes_too_fast_is_told_how_long_to_wait(chat):
    session, _ = await chat.sign_in_guest("ana")
    seconds = [0.0]
    chat.limits = Limits(lambda: seconds[0])
    for n in range(10):
        chat.post(session.user, session.id, "lobby", "hi", f"{n}")

    with pytest.raises(RateLimited) as refusal:
        chat.post(session.user, session.id, "lobby", "hi", "11")
    seconds[0] += refusal.value.facts["retry_after_ms"] / 1000

    assert chat.post(session.user, session.id, "lobby", "hi", "11").text == "hi"


# Beside the server


async def test_a_program_beside_the_server_opens_the_same_chat(tmp_path):
    with pytest.raises(NotFound):
        async with open_chat(tmp_path / "chat.db"):
            pass

    async with open_chat(tmp_path / "chat.db", create=True) as chat:
        await chat.create_room("lobby")
        assert not chat.server_is_running()
    async with open_chat(tmp_path / "chat.db") as chat:
        assert (await chat.room("lobby")).name == "lobby"


async def test_what_is_asked_of_a_chat_that_closes_is_still_done(tmp_path):
    async with open_chat(tmp_path / "chat.db", create=True) as chat:
        await chat.create_room("lobby")
        mark = await chat.journal.write(EnsureImportedUser(name="mark"))
        began = time.monotonic()
        chat.journal.submit(Subscribe(room_key="lobby", user_id=mark.id), Nobody(), None)

    async with open_chat(tmp_path / "chat.db") as chat:
        assert await chat.store.member_count((await chat.room("lobby")).id) == 1
    assert time.monotonic() - began < 5


class Nobody:
    def settle(self, mark, answer):
        return None
