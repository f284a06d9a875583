"""The commands of those who keep order, from both doors: websocket frames and `/api/commands`.

Each is answered when it has been carried out on live connections, so that nothing of somebody who
was removed comes after the answer.
"""

from typing import Any

import msgspec
from sanic import HTTPResponse, Request

from sanchat import commands as wire
from sanchat.commands import KEEPING_ORDER
from sanchat.errors import BadFrame, NotFound
from sanchat.models import Act, BanEntry, Member, Room, User
from sanchat.policy import rank, refusal_to_keep_order
from sanchat.protocol import room_fields
from sanchat.replay import bounded
from sanchat.routes.admission import asking, signed
from sanchat.routes.answers import App, body_of, json_answer, server_of
from sanchat.routes.grants import scope_of
from sanchat.server import Server

LIST = 50
LIST_LIMIT = 200

COMMANDS = {str(command.__struct_config__.tag): command for command in KEEPING_ORDER}


def install(app: App) -> None:
    @app.post("/api/commands/<name:str>")
    async def command(request: Request, name: str) -> HTTPResponse:
        """One command with its fields as the body; answered with the fields of its reply."""
        server = server_of(request)
        kind = COMMANDS.get(name)
        if kind is None:
            raise NotFound("There is no such command.")
        asked = body_of(request, kind)
        room = getattr(asked, "room", None)
        async with asking(request, scope=scope_of(kind), room=room) as visitor:
            session = visitor.session
            if server.limits is not None:
                server.limits.spend(server.limits.reads, session.id, "ask")
            fields = await keep_order(server, session.user, session.id, asked)
        return signed(server, visitor, json_answer(fields))


async def keep_order(
    server: Server, user: User, session_id: int, command: wire.AnyKeepingOrder
) -> dict[str, Any]:
    """Do what a user asks on their own authority; the fields of the reply. ChatError."""
    user = await server.store.user(user.id) or user  # a role may have been taken since they came
    match command:
        case wire.Bans():
            return await _bans(server, user, command)
        case wire.Audit():
            return await _audit(server, user, command)
        case wire.Members():
            return await _members(server, user, command)
        case wire.People():
            return await _people(server, user, command)
        case wire.SetRoom():
            return await _set_room(server, user, command)
        case wire.Direct():
            others = [await _find(server, who) for who in command.users]
            opened = await server.chat.direct(user, session_id, others)
            return {"room": _described(opened.room), "began": opened.began}
    if command.room is not None:
        # Before anybody is looked for: to outsiders, both have to be missing alike.
        await server.chat.place(user, command.room)
    target = await _find(server, command.user)
    moderation, room = server.chat.moderation, command.room
    match command:
        case wire.Kick():
            act = await moderation.kick(target, room=room, reason=command.reason, actor=user)
        case wire.Mute():
            act = await moderation.mute(
                target, room=room, reason=command.reason, seconds=command.seconds, actor=user
            )
        case wire.Ban():
            act = await moderation.ban(
                target,
                room=room,
                reason=command.reason,
                seconds=command.seconds,
                covers_addresses=command.addresses,
                actor=user,
            )
            if command.erase:
                await _erase(server, user, target, room, command.reason)
        case wire.Unmute():
            act = await moderation.unmute(target, room=room, actor=user)
        case wire.Unban():
            act = await moderation.unban(target, room=room, actor=user)
        case wire.Erase():
            act = await _erase(server, user, target, room, command.reason)
        case _:
            act = await _belong(server, user, target, command)
    return {"act": act, "connections": await server.acts.carried_out(act)}


async def _belong(
    server: Server,
    user: User,
    target: User,
    command: wire.AddMember | wire.RemoveMember | wire.SetRole,
) -> int:
    belonging = server.chat.belonging
    match command:
        case wire.AddMember():
            return await belonging.add(command.room, target, role=command.role, actor=user)
        case wire.RemoveMember():
            return await belonging.remove(command.room, target, reason=command.reason, actor=user)
        case wire.SetRole(room=str(room)):
            return await belonging.set_role(room, target, command.role, actor=user)
        case wire.SetRole():
            return (await server.chat.accounts.set_role(target, command.role, actor=user)).act


async def _erase(server: Server, user: User, target: User, room: str | None, reason: str) -> int:
    # The server sweeps behind the answer: everybody sees the messages go.
    return await server.chat.moderation.begin_erasure(target, room=room, reason=reason, actor=user)


async def _find(server: Server, who: int | str) -> User:
    if isinstance(who, str):
        return await server.chat.find_user(who)
    user = await server.store.user(who)
    if user is None or user.id == 0:
        raise NotFound("There is no such user.")
    return user


async def _set_room(server: Server, user: User, command: wire.SetRoom) -> dict[str, Any]:
    chat = server.chat
    room = (await chat.place(user, command.room)).room
    name = room.name
    asked = {
        field: getattr(command, field)
        for field in ("title", "topic", "posting", "history", "slow_mode_s")
        if getattr(command, field) is not None
    }
    if not asked and command.name is None and command.archived is None:
        raise BadFrame("Nothing to set.")
    if asked:
        room = await chat.set_room(name, **asked, actor=user)
    if command.archived is not None and command.archived != (room.archived_at is not None):
        change = chat.archive_room if command.archived else chat.restore_room
        room = await change(name, actor=user)
    if command.name is not None and command.name != name:
        room = await chat.rename_room(name, command.name, actor=user)
    await server.acts.carried_out(await server.store.last_act())
    return {"room": _described(room)}


async def _members(server: Server, user: User, command: wire.Members) -> dict[str, Any]:
    room = (await server.chat.place(user, command.room)).room
    limit = bounded(command.limit, LIST, LIST_LIMIT)
    found = await server.store.members_page(room.id, after=command.after, limit=limit + 1)
    return {
        "members": [_present(server, room, member) for member in found[:limit]],
        "more": len(found) > limit,
    }


async def _people(server: Server, user: User, command: wire.People) -> dict[str, Any]:
    await _moderated(server, user, None, "admin")
    limit = bounded(command.limit, LIST, LIST_LIMIT)
    found = await server.store.accounts(after=command.after, limit=limit + 1)
    return {
        "people": [_account_fields(account) for account in found[:limit]],
        "more": len(found) > limit,
    }


def _present(server: Server, room: Room, member: Member) -> Member:
    online = server.presence.is_online(room.id, member.id)
    return msgspec.structs.replace(member, online=online)


async def _bans(server: Server, user: User, command: wire.Bans) -> dict[str, Any]:
    room = await _moderated(server, user, command.room, "moderator")
    target = await _find(server, command.user) if command.user is not None else None
    limit = bounded(command.limit, LIST, LIST_LIMIT)
    found = await server.store.bans(
        room_id=room.id if room is not None else None,
        of_server=room is None,
        user_id=target.id if target is not None else None,
        after=command.after,
        limit=limit + 1,
    )
    return {"bans": [_ban_fields(entry) for entry in found[:limit]], "more": len(found) > limit}


async def _audit(server: Server, user: User, command: wire.Audit) -> dict[str, Any]:
    least = "admin" if command.room is None else "moderator"
    room = await _moderated(server, user, command.room, least)
    target = await _find(server, command.user) if command.user is not None else None
    limit = bounded(command.limit, LIST, LIST_LIMIT)
    found = await server.store.acts(
        kind=command.kind,
        user_id=target.id if target is not None else None,
        room_id=room.id if room is not None else None,
        before=command.before if command.before is not None else 1 << 62,
        seen_by=user.id,
        limit=limit + 1,
    )
    more = len(found) > limit
    return {"acts": [_act_fields(act) for act in found[1 if more else 0 :]], "more": more}


async def _moderated(server: Server, user: User, name: str | None, least: str) -> Room | None:
    """The room that somebody of this rank asks about, None for the server; Forbidden, NotFound."""
    place = await server.chat.place(user, name) if name is not None else None
    room = place.room if place is not None else None
    own_rank = rank(user, place.role if place is not None else None)
    refusal = refusal_to_keep_order(room, own_rank, least)
    if refusal is not None:
        raise refusal
    return room


def _described(room: Room) -> dict[str, Any]:
    return room_fields(room) | {"last_seq": room.last_seq}


def _account_fields(account: User) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": account.id,
        "name": account.name,
        "kind": account.kind,
        "role": account.role,
        "created_at": account.created_at,
    }
    if account.disabled_at is not None:
        fields["disabled_at"] = account.disabled_at
    return fields


def _ban_fields(entry: BanEntry) -> dict[str, Any]:
    ban = entry.ban
    fields: dict[str, Any] = {
        "id": ban.id,
        "kind": ban.kind,
        "user": {"id": ban.user_id, "name": entry.user, "kind": entry.user_kind},
        "reason": ban.reason,
        "created_at": ban.created_at,
        "by": entry.actor,
        "addresses": entry.networks is not None,
    }
    if ban.until is not None:
        fields["until"] = ban.until
    return fields


def _act_fields(act: Act) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": act.id,
        "kind": act.kind,
        "actor": act.actor,
        "acted_at": act.acted_at,
        "data": {name: value for name, value in act.data.items() if value not in (None, "")},
    }
    if act.room_id is not None:
        fields["room"] = act.room
    if act.user_id is not None:
        fields["user"] = {"id": act.user_id, "name": act.user}
    return fields
