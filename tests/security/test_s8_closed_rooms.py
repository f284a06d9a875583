"""S8: a closed room does not exist for outsiders, by whatever path they look for it.

Each path is walked for the closed room and for one that was never made; the two answers have to be
the same but for the name. Who may create rooms may learn that a name is taken, and nobody else.
"""

import json
from statistics import median
from time import perf_counter

import pytest
from clients import Client
from harness import serving

CLOSED, NOWHERE = "secret-plans", "secret-never"
TEXT = "the launch is on monday"


@pytest.fixture(scope="module", params=["closed", "direct"])
async def house(request, tmp_path_factory):
    """A room that must not be seen, and four kinds of people who must not see it."""
    async with serving(tmp_path_factory.mktemp("s8") / "chat.db") as live:
        owner, former, banned, outsider = await live.gather("lobby", "ow", "for", "ban", "out")
        if request.param == "closed":
            await live.close_off(CLOSED, owner, former, banned)
            name = CLOSED
        else:
            opened = await owner.do("direct", users=["for"])
            name = opened["room"]["name"]
        await owner.subscribe(name)
        await owner.post(name, TEXT)
        if request.param == "closed":
            await former.subscribe(name)
            await former.do("leave", room=name)
            await owner.do("ban", room=name, user="ban")
        people = {"outsider": outsider, "former": former, "banned": banned}
        if request.param == "direct":
            del people["former"]
        guest = await live.join("newcomer")
        yield live, name, people | {"guest": guest}


PEOPLE = ("outsider", "guest", "former", "banned")
COMMANDS = {
    "join": {"type": "subscribe"},
    "resume by cursor": {"type": "subscribe", "after": 0},
    "resume at the end": {"type": "subscribe", "after": 1, "limit": 1},
    "unsubscribe": {"type": "unsubscribe"},
    "leave": {"type": "leave"},
    "post": {"type": "post", "text": "x", "client_message_id": "s8"},
    "reply": {"type": "post", "text": "x", "client_message_id": "s8r", "reply_to": 1},
    "edit": {"type": "edit", "seq": 1, "text": "x"},
    "delete": {"type": "delete", "seq": 1},
    "react": {"type": "react", "seq": 1, "emoji": "x", "on": True},
    "history": {"type": "history", "before": 2},
    "permalink": {"type": "history", "around": 1},
    "read": {"type": "read", "seq": 1},
    "notify": {"type": "notify", "level": "all"},
    "typing": {"type": "typing"},
    "members": {"type": "members"},
    "bans": {"type": "bans"},
    "record": {"type": "audit"},
    "set": {"type": "set_room", "title": "x"},
    "add oneself": {"type": "add_member", "user": "out"},
    "act on nobody": {"type": "kick", "user": "nobody-at-all"},
}
REQUESTS = {
    "page": ("GET", "/api/rooms/{}/messages", None),
    "page before": ("GET", "/api/rooms/{}/messages?before=2", None),
    "page around": ("GET", "/api/rooms/{}/messages?around=1", None),
    "poll": ("GET", "/api/rooms/{}/messages?after=0", None),
    "long poll": ("GET", "/api/rooms/{}/messages?after=0&wait=1", None),
    "stream": ("GET", "/api/rooms/{}/messages", "text/event-stream"),
    "http post": ("POST", "/api/rooms/{}/messages", {"text": "x", "client_message_id": "s8h"}),
    "http edit": ("POST", "/api/rooms/{}/messages/1/edit", {"text": "x"}),
    "http members": ("POST", "/api/commands/members", {"room": "{}"}),
    "the page itself": ("GET", "/r/{}", None),
}


def who(house, kind):
    live, name, people = house
    if kind not in people:
        pytest.skip("nobody leaves a direct room")
    return live, name, people[kind]


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("path", COMMANDS)
async def test_s8_every_command_answers_as_if_there_were_no_such_room(house, kind, path):
    _, name, client = who(house, kind)

    answers = [
        await client.ask(COMMANDS[path]["type"], room=room, **without_type(COMMANDS[path]))
        for room in (name, NOWHERE)
    ]

    assert alike(answers[0], name) == alike(answers[1], NOWHERE)
    assert answers[0]["error"]["code"] == "not_found"


def without_type(command):
    return {field: value for field, value in command.items() if field != "type"}


@pytest.mark.parametrize("kind", PEOPLE)
@pytest.mark.parametrize("path", REQUESTS)
async def test_s8_every_address_answers_as_if_there_were_no_such_room(house, kind, path):
    live, name, client = who(house, kind)
    method, template, more = REQUESTS[path]
    headers = {"Authorization": f"Bearer {client.session}"}
    if isinstance(more, str):
        headers["Accept"] = more
    answers = []
    async with live.http(headers=headers) as http:
        for room in (name, NOWHERE):
            body = json.loads(json.dumps(more).replace("{}", room)) if method == "POST" else None
            answers.append(await http.request(method, template.format(room), json=body))

    first, second = answers
    assert (first.status_code, alike(first.text, name)) == (
        second.status_code,
        alike(second.text, NOWHERE),
    )
    assert drop_length(first.headers) == drop_length(second.headers)
    assert TEXT not in first.text


def drop_length(headers):
    return {name: value for name, value in headers.items() if name != "content-length"}


def alike(answer, name):
    """The answer without its mark and without the name asked for."""
    text = answer if isinstance(answer, str) else json.dumps(dict(answer, ref=0), sort_keys=True)
    return text.replace(name, "…")


@pytest.mark.parametrize("kind", PEOPLE)
async def test_s8_no_list_and_no_count_and_no_event_knows_of_it(house, kind):
    live, name, client = who(house, kind)
    await live.server.chat.set_room(name, topic="new")
    again = await live.join(client.user["name"], session=client.session)
    async with live.http(headers={"Authorization": f"Bearer {client.session}"}) as http:
        texts = [
            (await http.get(path)).text
            for path in ("/api/rooms", "/api/rooms?after=s&limit=1", "/metrics", "/healthz")
        ]
    client.unread = [frame for frame in client.unread if frame["type"] not in ("removed",)]
    seen = json.dumps(again.hello) + json.dumps(await client.settled()) + "".join(texts)
    heard = [
        frame
        for frame in client.unread
        if name in json.dumps(frame) and not (frame["type"] == "room" and was_there(kind))
    ]

    assert heard == []
    assert name not in json.dumps(again.hello) + "".join(texts)
    assert TEXT not in seen


def was_there(kind):
    # What they were told while it was theirs.
    return kind in ("former", "banned")


@pytest.mark.parametrize("kind", ["outsider", "banned"])
async def test_s8_the_doors_close_alike_for_who_may_create_no_rooms(tmp_path, kind):
    settings = {"public_url": "https://chat.test", "guests": "open"}
    async with serving(tmp_path / "chat.db", **settings) as live:

        async def come(name):
            path = f"/ws?name={name}"
            client = Client(await live.connect(path, called="chat.test"))
            client.hello = await client.expect("hello")
            return client

        owner, guest = await come("ow"), await come("gu")
        await live.promote(owner, "member", "member")
        await live.close_off(CLOSED, owner, *([guest] if kind == "banned" else []))
        if kind == "banned":
            await owner.do("ban", room=CLOSED, user="gu")
        ends = []
        for room in (CLOSED, NOWHERE, "no such name!"):
            for door in ("/ws/{}", "/room/{}/"):
                path = f"{door.format(room)}?name=gu&session={guest.session}".replace(" ", "%20")
                client = Client(await live.connect(path, called="chat.test"))
                lines = []
                try:
                    async for frame in client.connection:
                        lines.append(frame)
                except Exception:
                    pass
                ends.append(
                    (
                        door,
                        client.connection.close_code,
                        client.connection.close_reason,
                        [line for line in lines if "hello" not in line],
                    )
                )
        for client in (owner, guest):
            await client.close()

    assert ends[0] == ends[2] == ends[4]
    assert ends[1] == ends[3] == ends[5]
    assert ends[0][1] == 4504


async def test_s8_both_take_as_long(house):
    """Medians of 300 pairs, taken in turns; what differs is within the noise of one query."""
    live, name, client = who(house, "outsider")
    place, user = live.server.chat.place, (await live.session_of(client)).user
    times = {name: [], NOWHERE: []}
    for _ in range(300):
        for room, taken in times.items():
            started = perf_counter()
            with pytest.raises(Exception, match="no such room"):
                await place(user, room)
            taken.append(perf_counter() - started)

    closed, nowhere = (median(taken) for taken in times.values())

    print(f"\nS8: {closed * 1e6:.0f} µs for the closed room, {nowhere * 1e6:.0f} µs for none")
    assert abs(closed - nowhere) < max(0.0003, nowhere / 2)
