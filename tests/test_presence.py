"""Who is online: people, not connections; told in gathered differences, never as a flood."""

import pytest
from harness import until
from lobby import LOBBY
from wires import FakeConnection

from sanchat.hub import Hub
from sanchat.models import User
from sanchat.presence import LARGE_ROOM, HeldNames, Presence


class Seconds:
    """A monotonic clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Scene:
    def __init__(self) -> None:
        self.hub = Hub(held_bytes=1_000)
        self.clock = Seconds()
        self.presence = Presence(self.hub, self.clock)
        self.users = 0

    def user(self, name: str) -> User:
        self.users += 1
        return User(id=self.users, name=name, kind="guest")

    def enter(self, user: User) -> FakeConnection:
        connection = FakeConnection(user)
        self.hub.add(connection, ())
        assert self.hub.start(connection, self.hub.enlist(connection, LOBBY), 0) is not None
        self.presence.enter(LOBBY.id, connection, "member")
        return connection

    def exit(self, connection: FakeConnection) -> None:
        self.presence.exit(LOBBY.id, connection)
        self.hub.remove(connection)

    async def told(self, connection: FakeConnection, number: int = 1) -> list[dict]:
        """The presence events that a connection has, once there are so many."""
        await until(lambda: len(connection.wire.frames("presence")) >= number)
        return connection.wire.frames("presence")


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_those_who_come_together_are_told_together(scene):
    ana = scene.enter(scene.user("ana"))
    scene.enter(scene.user("bob"))
    scene.enter(scene.user("eve"))

    (event,) = await scene.told(ana)

    assert event["online"] == 3
    assert [user["name"] for user in event["joined"]] == ["ana", "bob", "eve"]
    assert event["left"] == []


async def test_a_second_tab_is_no_second_person(scene):
    user = scene.user("ana")
    first, second = scene.enter(user), scene.enter(user)
    online = scene.presence.online_count(LOBBY.id)

    scene.exit(first)

    assert online == 1
    assert scene.presence.is_online(LOBBY.id, user.id)
    scene.exit(second)
    assert not scene.presence.is_online(LOBBY.id, user.id)


async def test_said_twice_counts_once(scene):
    user = scene.user("ana")
    first, second = scene.enter(user), scene.enter(user)

    scene.presence.enter(LOBBY.id, first, "member")
    scene.presence.exit(LOBBY.id, first)
    scene.presence.exit(LOBBY.id, first)

    assert scene.presence.is_online(LOBBY.id, user.id)
    scene.presence.exit(LOBBY.id, second)
    assert scene.presence.online_count(LOBBY.id) == 0


async def test_who_never_entered_cannot_take_another_tab_along(scene):
    user = scene.user("ana")
    scene.enter(user)
    joining = FakeConnection(user)

    scene.presence.exit(LOBBY.id, joining)

    assert scene.presence.is_online(LOBBY.id, user.id)


async def test_who_blinks_is_not_told_of(scene):
    ana = scene.enter(scene.user("ana"))
    await scene.told(ana)
    scene.clock.now += 1
    bob = scene.user("bob")

    scene.exit(scene.enter(bob))
    scene.enter(scene.user("eve"))
    events = await scene.told(ana, 2)

    assert [user["name"] for user in events[1]["joined"]] == ["eve"]
    assert events[1]["left"] == []


async def test_who_reconnects_at_once_has_not_left(scene):
    user = scene.user("bob")
    ana, bob = scene.enter(scene.user("ana")), scene.enter(user)
    await scene.told(ana)
    scene.clock.now += 1

    scene.exit(bob)
    scene.enter(user)
    scene.enter(scene.user("eve"))
    events = await scene.told(ana, 2)

    assert ([u["name"] for u in events[1]["joined"]], events[1]["left"]) == (["eve"], [])


async def test_a_large_room_is_told_the_count_alone(scene):
    ana = scene.enter(scene.user("ana"))
    for n in range(LARGE_ROOM):
        scene.enter(scene.user(f"guest {n}"))

    (event,) = await scene.told(ana)

    assert event == {"type": "presence", "room": "lobby", "online": LARGE_ROOM + 1}


async def test_a_renamed_room_is_told_under_its_new_name(scene):
    ana = scene.enter(scene.user("ana"))
    scene.hub.rename(LOBBY.id, "Hall")

    (event,) = await scene.told(ana)

    assert event["room"] == "Hall"


async def test_members_online_are_named_up_to_a_bound(scene):
    for name in ("ana", "bob", "eve"):
        scene.enter(scene.user(name))

    found = scene.presence.members(LOBBY.id, limit=2)

    assert [(member.name, member.online) for member in found] == [("ana", True), ("bob", True)]


async def test_the_members_named_are_those_who_are_there_now_under_their_present_name_and_role(
    scene,
):
    for name in ("ana", "bob"):
        scene.enter(scene.user(name))
    first = scene.presence.members(LOBBY.id)
    ana, bob = first[0].id, first[1].id

    scene.presence.promote(LOBBY.id, bob, "moderator")
    scene.presence.rename(User(id=ana, name="Anna", kind="guest"))
    eve = scene.enter(scene.user("eve"))
    named = [(member.name, member.role) for member in scene.presence.members(LOBBY.id)]
    scene.presence.exit(LOBBY.id, eve)

    assert [(member.name, member.role) for member in first] == [
        ("ana", "member"),
        ("bob", "member"),
    ]
    assert named == [("Anna", "member"), ("bob", "moderator"), ("eve", "member")]
    assert [member.name for member in scene.presence.members(LOBBY.id)] == ["Anna", "bob"]


async def test_a_full_list_goes_on_where_one_of_it_leaves(scene):
    visitors = [scene.enter(scene.user(f"u{n}")) for n in range(LARGE_ROOM + 2)]
    full = [member.name for member in scene.presence.members(LOBBY.id)]
    scene.presence.exit(LOBBY.id, visitors[0])

    assert full == [f"u{n}" for n in range(LARGE_ROOM)]
    assert scene.presence.members(LOBBY.id)[-1].name == f"u{LARGE_ROOM}"


# Names


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def names(clock: Seconds) -> HeldNames:
    return HeldNames(30, clock)


def test_a_name_in_use_is_its_wearers_alone_in_every_look(names):
    names.hold("ana", 7, connections=1)

    assert names.is_free("ana", 7)
    assert not names.is_free("ana")
    assert not names.is_free("ANA", 8)
    assert not names.is_free("аna", 8)  # with a Cyrillic а
    assert names.is_free("anna", 8)


def test_a_name_is_held_for_thirty_seconds_after_the_last_connection(names, clock):
    names.hold("ana", 7, connections=1)
    names.hold("ana", 7, connections=1)
    names.release("ana", 7)
    clock.now += 100
    while_one_is_left = names.is_free("ana", 8)

    names.release("ana", 7)
    clock.now += 29.9
    shortly_after = names.is_free("ana", 8)
    clock.now += 0.1

    assert (while_one_is_left, shortly_after) == (False, False)
    assert names.is_free("ana", 8)


def test_an_end_of_the_former_wearer_does_not_free_the_name(names, clock):
    names.hold("ana", 7, connections=1)
    names.release("ana", 7)
    clock.now += 31
    names.hold("ana", 8, connections=1)

    names.release("ana", 7)
    names.free("ana", 7)
    clock.now += 31

    assert not names.is_free("ana", 9)


def test_a_name_given_up_is_free_at_once(names):
    names.hold("ana", 7)

    names.free("ana", 7)

    assert names.is_free("ana", 8)


def test_names_that_were_given_up_are_forgotten_and_those_in_use_are_not(names, clock):
    """R19: ten thousand guests of a day take no more room than those of a minute."""
    names.hold("stays", 1, connections=1)
    for n in range(2, 2_000):
        clock.now += 1
        names.hold(f"guest{n}", n, connections=1)
        names.release(f"guest{n}", n)

    assert names.size < 2 * 100
    assert not names.is_free("stays", 2)
    assert not names.is_free("guest1999", 2)
