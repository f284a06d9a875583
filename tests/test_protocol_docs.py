"""Every frame that docs/protocol.md shows is one that this server takes or sends."""

import json
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from harness import serving

from sanchat import errors, protocol
from sanchat.changes import Forgotten
from sanchat.retention import tell

PAGE = (Path(__file__).parents[1] / "docs" / "protocol.md").read_text()
EXAMPLES = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.M | re.S)]
COMMANDS = {command.__struct_config__.tag for command in protocol.COMMANDS}
EVENTS = {
    *("hello", "message", "presence", "typing", "read", "room", "removed", "activity"),
    *("announcement", "member", "user", "notify", "permissions", "forgotten"),
}


def is_command(example):
    # These are the names of events, too: those carry no mark, or somebody's user.
    kind = example.get("type")
    if kind in ("read", "notify"):
        return "ref" in example
    return kind in COMMANDS and not (kind == "typing" and "user" in example)


def is_reply(example):
    return example.get("type") == "reply"


def is_event(example):
    return example.get("type") in EVENTS and not is_command(example)


def with_replies():
    """(command, reply) for each command that is followed by its reply."""
    return [
        (one, other) for one, other in pairwise(EXAMPLES) if is_command(one) and is_reply(other)
    ]


def named(example):
    return f"{example.get('type', 'body')} {example.get('ref', '')}"


def shape(value):
    """The keys of a frame, and of what lies in it, without its values."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def fits(example, real):
    """Whether the example could be that frame: equal keys all the way down, equal types."""
    if isinstance(example, dict) and isinstance(real, dict):
        return example.keys() == real.keys() and all(
            fits(example[name], real[name]) for name in example
        )
    if isinstance(example, list) and isinstance(real, list):
        return not example or not real or fits(example[0], real[0])
    return example == real


@pytest.fixture(scope="module")
async def heard(tmp_path_factory):
    """Shapes of what a server has sent, by event type and by (reply to) command."""
    shapes = defaultdict(list)
    folder = tmp_path_factory.mktemp("docs")
    async with serving(folder / "chat.db") as live:
        chat = live.server.chat
        await chat.create_room("tea", title="Tea")
        ana, bob = await live.gather("general", "ana", "bob")
        tab = await live.join("ana", session=ana.session)
        clients = [ana, bob, tab]
        await bob.subscribe("tea")
        await bob.do("unsubscribe", room="tea")

        async def noted(command, **fields):
            shapes[f"reply to {command}"].append(shape(await ana.ask(command, **fields)))

        first = {"room": "general", "client_message_id": "c-0", "text": "hm?"}
        await noted("post", **first)
        post = {"room": "general", "client_message_id": "c-1", "text": "hi", "reply_to": 1}
        await noted("post", **post)
        plain = {"room": "general", "client_message_id": "c-2", "text": "yes"}
        await noted("post", **plain)
        await noted("subscribe", room="general", limit=1)
        await noted("edit", room="general", seq=3, text="yes!")
        await noted("react", room="general", seq=3, emoji="👍", on=True)
        await noted("delete", room="general", seq=1)
        for place in ("before", "around", "after"):
            await noted("history", room="general", **{place: 9})
        await noted("read", room="general", seq=2)
        await noted("notify", room="general", level="all")
        await noted("ping")
        await ana.send({"type": "typing", "room": "general"})
        await ana.post("tea", "hey @bob")
        shapes["activity"].append(shape(await bob.expect("activity")))
        await ana.subscribe("tea")
        await noted("unsubscribe", room="tea")
        await noted("leave", room="tea")
        await keep_order(live, noted, shapes, ana, bob)
        await chat.create_room("attic")
        await chat.rename_room("attic", "cellar")
        await live.server.acts.carried_out(await live.server.store.last_act())
        await chat.delete_room("cellar")
        for client in clients:
            await client.settled()
        late = await live.join("late")
        await late.subscribe("general")
        await ana.expect("presence", online=3)
        session = await live.session_of(bob)
        await chat.moderation.rename(session.user, "robert", actor="root")
        shapes["user"].append(shape(await ana.expect("user")))
        await chat.moderation.mute(session.user, room="general", reason="spam", seconds=60)
        await bob.expect("announcement")
        shapes["permissions"].append(shape(await bob.expect("permissions")))
        general = await live.server.store.room("general")
        tell(live.server.hub, Forgotten(general.id, general.name, 1))
        shapes["forgotten"].append(shape(await ana.expect("forgotten")))
        await chat.moderation.kick(session.user, room="general", reason="spam", actor="root")
        await chat.moderation.announce("Back in five minutes.", actor="root")
        for client in (ana, bob):
            shapes["announcement"].append(shape(await client.expect("announcement")))
        for client in clients:
            for frame in [client.hello, *client.unread]:
                shapes[frame["type"]].append(shape(frame))
        await late.do("leave", room="general")
        for name, value in {"presence": await ana.expect("presence")}.items():
            shapes[name].append(shape(value))
    return shapes


async def keep_order(live, noted, shapes, ana, bob):
    """Every command of those who keep order, by Ana on Bob and on somebody who goes for it."""
    await live.promote(ana, "owner")
    eve = await live.join("eve")
    await eve.subscribe("general")
    await noted("mute", room="general", user="eve", seconds=60, reason="Cool down.")
    await noted("bans", room="general")
    await noted("audit", room="general", kind="mute", user="eve")
    await noted("unmute", room="general", user="eve")
    await noted("members", room="general")
    await noted("kick", room="general", user="eve", reason="Take a break.")
    await noted("erase", room="general", user="eve")
    await noted("ban", user="eve", seconds=60, addresses=True, erase=True)
    await noted("unban", user="eve")
    await live.close_off("plans", ana)
    await ana.subscribe("plans")
    await noted("add_member", room="plans", user="bob", role="member")
    await noted("set_role", room="plans", user="bob", role="moderator")
    shapes["member"].append(shape(await ana.expect("member", role="moderator")))
    await noted("remove_member", room="plans", user="bob", reason="Moved on.")
    await noted("set_room", room="plans", topic="Autumn", slow_mode_s=5, archived=False)
    await live.server.chat.accounts.create("cy", role="moderator")
    await noted("people")
    await noted("direct", users=[bob.user["id"]])


def test_every_block_is_one_object_and_none_is_of_an_unknown_kind():
    assert len(EXAMPLES) > 40
    for example in EXAMPLES:
        assert isinstance(example, dict)
        assert (
            "type" not in example or is_command(example) or is_reply(example) or is_event(example)
        )


def test_every_command_event_error_and_close_code_is_described():
    assert {example["type"] for example in EXAMPLES if is_command(example)} == COMMANDS
    assert {example["type"] for example in EXAMPLES if is_event(example)} == EVENTS
    codes = {error.code for error in subclasses(errors.ChatError)}
    assert {code for code in codes if f"| `{code}` |" not in PAGE} == set()
    table = PAGE[PAGE.index("## Close codes") : PAGE.index("## HTTP")]
    assert {code for code in protocol.Close if str(code.value) not in table} == set()


def subclasses(kind):
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def test_the_statuses_of_errors_are_those_of_the_table():
    for error in subclasses(errors.ChatError):
        row = re.search(rf"^\| `{error.code}` \| (\d*) ?\|", PAGE, re.M)
        if row[1]:
            assert error.status == int(row[1]), error.code


def test_the_limits_are_those_of_the_table():
    table = PAGE[PAGE.index("## Limits") :]

    assert f"{protocol.FRAME_BYTES:,}" in table
    assert f"{protocol.SERVER_FRAME_BYTES:,}" in table
    assert "| text | 4,000 code points |" in table


@pytest.mark.parametrize("example", [e for e in EXAMPLES if is_command(e)], ids=named)
def test_every_command_shown_is_one(example):
    command = protocol.parse_command(json.dumps(example))

    known = {*command.__struct_fields__, "type"}
    assert set(example) <= known


@pytest.mark.parametrize(("command", "reply"), with_replies(), ids=lambda e: named(e))
async def test_every_reply_shown_has_the_shape_of_a_real_one(heard, command, reply):
    kind = command["type"]

    assert reply["ref"] == command["ref"]
    real = [shown | {"ref": "int"} for shown in heard[f"reply to {kind}"]]
    assert any(fits(shape(reply), one) for one in real), (shape(reply), real)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if is_event(e)], ids=named)
async def test_every_event_shown_has_the_shape_of_a_real_one(heard, example):
    real = heard[example["type"]]

    assert any(fits(shape(example), one) for one in real), (shape(example), real)


async def test_the_bodies_shown_are_what_http_takes_and_answers(tmp_path):
    bodies = [example for example in EXAMPLES if "type" not in example]
    answers = []
    async with serving(tmp_path / "chat.db") as live, live.http() as http:
        ana = await live.join("ana", "general")
        await ana.post("general", "hi")
        http.headers["authorization"] = f"Bearer {ana.session}"
        for method, path, body in (
            ("POST", "/api/session", {"name": "bob"}),
            ("GET", "/api/rooms", None),
            ("POST", "/api/rooms", {"name": "tea", "title": "Tea", "kind": "open"}),
            ("GET", "/api/rooms/general/messages", None),
            ("GET", "/api/rooms/general/messages?after=0", None),
            ("GET", "/api/rooms/general/messages?around=1", None),
            ("POST", "/api/rooms/general/messages", {"text": "hi", "client_message_id": "c-1"}),
            ("POST", "/api/rooms/general/messages/1/edit", {"text": "hey"}),
        ):
            answers += [body] if body else []
            answers.append((await http.request(method, path, json=body)).json())
        owner = live.server.chat.accounts
        await owner.create("ona", role="owner", password="seven herons in the fog")
        body = {"name": "ona", "password": "seven herons in the fog"}
        session = (await http.post("/api/session", json=body)).json()["session"]
        http.headers["authorization"] = f"Bearer {session}"
        answers.append((await http.post("/api/invites", json={})).json()["invite"])

    unlike = [
        example
        for example in bodies
        if not any(fits(shape(example), shape(answer)) for answer in answers)
    ]
    assert unlike == []
