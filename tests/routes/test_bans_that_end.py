"""Whoever was kept out of a room for a time is told when it is over, and comes in as before."""

import pytest
from clients import Client
from harness import serving

from sanchat import moderation


@pytest.fixture
async def three(live):
    """Moa moderates the server; she, ana and bob are in the lobby and in a closed room."""
    moa, ana, bob = await live.gather("lobby", "moa", "ana", "bob")
    await live.promote(moa, "moderator")
    await live.close_off("plans", moa, ana, bob)
    for client in (ana, bob):
        assert (await client.expect("room"))["room"]["name"] == "plans"
    return moa, ana, bob


async def are_out(*clients: Client) -> None:
    """They were told; and of what was told before, nothing is left, be it told twice."""
    for client in clients:
        await client.expect("removed")
        client.unread.clear()


@pytest.mark.parametrize("room", ["lobby", "plans"])
async def test_a_room_is_back_when_a_ban_from_it_runs_out(live, three, room):
    moa, ana, _ = three
    await moa.do("ban", room=room, user="ana", seconds=1)
    await are_out(ana)

    told = await ana.expect("room")

    assert told["room"]["name"] == room
    assert (await ana.subscribe(room))["complete"]


async def test_every_connection_hears_of_the_room_again_even_one_opened_meanwhile(live, three):
    moa, ana, _ = three
    await ana.do("notify", room="plans", level="none")
    await moa.do("ban", room="plans", user="ana", seconds=1)
    await are_out(ana)
    later = await live.join("ana", session=ana.session)
    assert "plans" not in [room["name"] for room in later.hello["rooms"]]

    for client in (ana, later):
        assert (await client.expect("room"))["room"]["name"] == "plans"
    await moa.post("plans", "@ana, are you back?")
    live.server.hub.tell_news()

    for client in (ana, later):
        news = await client.expect("activity")
        assert (news["room"], news["messages"], news["mentions"]) == ("plans", 1, 0)


async def test_who_was_only_passing_by_is_told_of_an_open_room_too(live, three):
    moa, ana, _ = three
    await ana.do("leave", room="lobby")
    await moa.do("ban", room="lobby", user="ana", seconds=1)
    assert (await ana.refused("subscribe", room="lobby"))["code"] == "banned"
    while not (await ana.expect("room")).get("left"):
        pass

    told = await ana.expect("room")

    assert "left" not in told
    assert (await ana.subscribe("lobby"))["complete"]


async def test_a_kick_from_a_closed_room_leaves_nobody_deaf_to_it(live, three, monkeypatch):
    monkeypatch.setattr(moderation, "KICK_SECONDS", 1)
    moa, ana, _ = three
    await moa.do("kick", room="plans", user="ana")

    assert (await ana.expect("room"))["room"]["name"] == "plans"
    await moa.post("plans", "come in")
    live.server.hub.tell_news()

    assert (await ana.expect("activity"))["room"] == "plans"


async def test_s8_a_ban_that_ends_while_another_holds_tells_nothing(live, three):
    moa, ana, bob = three
    for seconds in (1, 3600):
        await moa.do("ban", room="plans", user="ana", seconds=seconds)
    await moa.do("ban", room="plans", user="bob", seconds=1)

    await bob.expect("room")

    assert await ana.settled("room") == []
    assert (await ana.refused("subscribe", room="plans"))["code"] == "not_found"


async def test_s8_who_is_let_in_while_a_kick_holds_is_told_when_that_is_over(
    live, three, monkeypatch
):
    monkeypatch.setattr(moderation, "KICK_SECONDS", 2)
    moa, ana, _ = three
    await moa.do("ban", room="plans", user="ana")
    await moa.do("kick", room="plans", user="ana")

    await moa.do("unban", room="plans", user="ana")
    assert await ana.settled("room") == []

    assert (await ana.expect("room"))["room"]["name"] == "plans"
    assert (await ana.subscribe("plans"))["complete"]


async def test_s8_who_is_no_member_any_more_is_told_nothing_of_a_closed_room(live, three):
    moa, ana, bob = three
    for user in ("ana", "bob"):
        await moa.do("ban", room="plans", user=user, seconds=1)
    await are_out(ana, bob)
    session = await live.session_of(ana)
    act = await live.server.chat.belonging.remove("plans", session.user)
    await live.server.acts.carried_out(act)
    assert (await ana.expect("room"))["left"]

    await bob.expect("room")

    assert await ana.settled("room") == []


async def test_a_ban_from_before_a_restart_ends_like_all_others(tmp_path):
    async with serving(tmp_path / "chat.db") as live:
        moa, ana = await live.gather("general", "moa", "ana")
        await live.promote(moa, "moderator")
        await moa.do("ban", room="general", user="ana", seconds=2)
        session = ana.session
    async with serving(tmp_path / "chat.db") as live:
        ana = await live.join("ana", session=session)

        assert (await ana.expect("room"))["room"]["name"] == "general"
        assert (await ana.subscribe("general"))["complete"]


@pytest.mark.parametrize("kind", ["ban", "mute"])
async def test_what_was_noted_twice_is_told_once_when_it_is_over(live, three, kind):
    moa, ana, _ = three
    act_id = (await moa.do(kind, room="lobby", user="ana", seconds=1))["act"]
    acts = live.server.acts
    [act] = [act for act in await live.server.store.acts_after(act_id - 1) if act.id == act_id]
    acts.bans.note(act)
    await ana.settled()
    ana.unread.clear()

    end = await ana.expect("room" if kind == "ban" else "announcement")
    await acts.bans.tell_ended()

    assert await ana.settled(end["type"]) == []
