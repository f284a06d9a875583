"""The log over HTTP, for bots and scripts: pages, polls, long polls, a stream, and the changes."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from sanic import HTTPResponse, Request

from sanchat import protocol as wire
from sanchat.commands import ClientMessageId, Seq
from sanchat.credentials import Grant
from sanchat.errors import BadFrame, ChatError, NotFound, NotSignedIn, RateLimited
from sanchat.models import Message, Room, Session, User
from sanchat.policy import hidden_seq, require
from sanchat.protocol import encode
from sanchat.replay import Replay, read_history, read_replay
from sanchat.routes.admission import address_of, asking, check_grant, signed, visitor_of
from sanchat.routes.answers import App, body_of, json_answer, number_of, server_of
from sanchat.server import Server

LONGEST_WAIT_SECONDS = 30
STREAM_COMMENT_SECONDS = 15
STREAM_REPLAY = 200  # messages read at once for a stream
WAIT_FOR_A_PLACE_MS = 5_000  # what is told to one request too many

NAME_READ = 64  # characters of a reader's name that are looked at
STRANGER = User(id=-1, name="", kind="guest")


class PostBody(msgspec.Struct):
    text: str
    client_message_id: ClientMessageId | None = None
    reply_to: Seq | None = None
    kind: str | None = None


class EditBody(msgspec.Struct):
    text: str


class ReactBody(msgspec.Struct):
    emoji: Annotated[str, msgspec.Meta(min_length=1)]
    on: bool = True


def install(app: App) -> None:
    @app.get("/api/rooms/<room:str>/messages")
    async def read(request: Request, room: str) -> HTTPResponse | None:
        server = server_of(request)
        reader = await reader_of(request)
        found, hidden = await readable_room(server, reader, unquote(room))
        if "text/event-stream" in request.headers.get("accept", ""):
            with _counted(server, reader):
                await _stream(request, server, reader, found, hidden)
            return None
        after, around = number_of(request, "after"), number_of(request, "around")
        if after is None:
            return await _page(request, server, found, around, hidden)
        if around is not None:
            raise BadFrame("Give one of `before`, `around` and `after`.")
        with _counted(server, reader):
            return await _poll(request, server, reader, found, after, hidden)

    @app.post("/api/rooms/<room:str>/messages")
    async def post(request: Request, room: str) -> HTTPResponse:
        server = server_of(request)
        body: PostBody = body_of(request, PostBody)
        async with asking(request, scope="write", room=unquote(room)) as visitor:
            change = server.chat.post(
                visitor.session.user,
                visitor.session.id,
                unquote(room),
                body.text,
                body.client_message_id or secrets.token_hex(16),
                reply_to=body.reply_to,
                kind=body.kind,
            )
            posted = await server.journal.write(change)
        fields = {
            "seq": posted.seq,
            "sent_at": posted.sent_at,
            "client_message_id": posted.client_message_id,
        }
        if posted.duplicate:
            fields["duplicate"] = True
        return signed(server, visitor, json_answer(fields, 200 if posted.duplicate else 201))

    @app.post("/api/rooms/<room:str>/messages/<seq:int>/<verb:str>")
    async def change(request: Request, room: str, seq: int, verb: str) -> HTTPResponse:
        server = server_of(request)
        async with asking(request, scope="write", room=unquote(room)) as visitor:
            user, session_id = visitor.session.user, visitor.session.id
            chat, name = server.chat, unquote(room)
            asked: Any
            if verb == "edit":
                body = body_of(request, EditBody)
                asked = chat.edit(user, session_id, name, seq, body.text)
            elif verb == "delete":
                asked = chat.delete(user, session_id, name, seq)
            elif verb == "react":
                body = body_of(request, ReactBody)
                asked = chat.react(user, session_id, name, seq, body.emoji, on=body.on)
            else:
                raise BadFrame("A message can be edited, deleted and reacted to.")
            changed = await server.journal.write(asked)
        return signed(server, visitor, json_answer({"changed_seq": changed.changed_seq}))


@dataclass(frozen=True)
class Reader:
    """Who reads: a session, or None for a stranger, whom a server with guests lets read."""

    session: Session | None
    address: str

    @property
    def user(self) -> User:
        return self.session.user if self.session is not None else STRANGER

    @property
    def grant(self) -> Grant | None:
        return self.session.grant if self.session is not None else None


async def reader_of(request: Request) -> Reader:
    """Who reads. Reading holds no name, so `?name=` alone signs nobody in here. RateLimited."""
    server = server_of(request)
    session = None
    try:
        session = (await visitor_of(request, may_sign_in=False, scope="")).session
        require(session.grant, "read")
    except NotSignedIn:
        name = request.args.get("name")
        if not server.settings.guests_are_open or name is None:
            raise
        # Who is kept out does not read on under the name of nobody.
        refusal = await server.chat.refusal_to_newcomer(name[:NAME_READ], address_of(request))
        if refusal is not None:
            raise refusal from None
    reader = Reader(session, address_of(request))
    if server.limits is not None:
        key = session.id if session is not None else reader.address
        server.limits.spend(server.limits.reads, key, "ask")
    return reader


async def readable_room(server: Server, reader: Reader, name: str) -> tuple[Room, int]:
    """The room as this reader finds it, and up to which number it is kept from them.

    NotFound; Forbidden where one has to join to read.
    """
    if reader.session is not None:
        await check_grant(server, reader.session, "read", name)
    place = await server.chat.place(reader.user, name)
    return place.room, hidden_seq(place.room, reader.user, place.role, place.joined_seq)


async def _look_again(server: Server, reader: Reader, room_id: int) -> tuple[Room, int]:
    """The same after a wait: the session may have ended, the place in the room too."""
    room = await server.store.room_by_id(room_id)
    if room is None:
        raise NotFound("There is no such room.")
    if reader.session is not None and reader.session.id in server.ended_sessions:
        raise NotSignedIn("The session has ended.")
    return await readable_room(server, reader, room.name)


@contextmanager
def _counted(server: Server, reader: Reader) -> Iterator[None]:
    """Count a request that may wait among the connections of its session and address."""
    session_id = reader.session.id if reader.session is not None else None
    if not server.admit(session_id, reader.address):
        raise RateLimited(WAIT_FOR_A_PLACE_MS, "connect")
    try:
        yield
    finally:
        server.dismiss(session_id, reader.address)


async def _page(
    request: Request, server: Server, room: Room, around: int | None, hidden: int
) -> HTTPResponse:
    before = number_of(request, "before")
    if before is None and around is None:
        before = room.last_seq + 1
    fields = await read_history(
        server.store,
        room,
        before=before,
        around=around,
        limit=number_of(request, "limit"),
        hidden_seq=hidden,
    )
    return json_answer({"cursor": room.last_seq, "epoch": server.store.epoch} | fields)


async def _poll(
    request: Request, server: Server, reader: Reader, room: Room, after: int, hidden: int
) -> HTTPResponse:
    wait_seconds = min(number_of(request, "wait") or 0, LONGEST_WAIT_SECONDS)
    deadline = asyncio.get_running_loop().time() + wait_seconds
    epoch, limit = request.args.get("epoch"), number_of(request, "limit")
    with server.hub.watching(room) as news:
        while True:
            news.clear()
            room, hidden = await _look_again(server, reader, room.id)
            replay = await read_replay(
                server.store, room, after=after, epoch=epoch, limit=limit, hidden_seq=hidden
            )
            left = deadline - asyncio.get_running_loop().time()
            if replay.messages or replay.reset or left <= 0 or server.is_stopping:
                return _poll_answer(server, replay)
            try:
                async with asyncio.timeout(left):
                    await news.wait()
            except TimeoutError:
                continue


def _poll_answer(server: Server, replay: Replay) -> HTTPResponse:
    page = wire.fit_page(replay.messages, newest=replay.reset)
    cursor, complete = replay.cursor, replay.complete
    if not page.whole and not replay.reset:
        cursor, complete = page.kept[-1].changed_seq, False
    fields: dict[str, Any] = {
        "messages": page.messages,
        "cursor": cursor,
        "complete": complete,
        "epoch": server.store.epoch,
    }
    if replay.reset:
        fields["reset"] = True
    return json_answer(fields)


async def _stream(
    request: Request, server: Server, reader: Reader, room: Room, hidden: int
) -> None:
    after = number_of(request, "after")
    last_id = request.headers.get("last-event-id", "")
    if last_id.isascii() and last_id.isdigit() and len(last_id) <= 16:
        after = int(last_id)
    epoch = request.args.get("epoch")
    response = await request.respond(
        content_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )
    assert response is not None
    with server.hub.watching(room) as news:
        replay = await read_replay(
            server.store,
            room,
            after=after,
            epoch=epoch,
            limit=STREAM_REPLAY if after is not None else None,
            hidden_seq=hidden,
        )
        cursor = replay.cursor
        await response.send(_event("hello", {"epoch": server.store.epoch, "cursor": cursor}))
        if replay.reset:
            await response.send(_event("reset", {"epoch": server.store.epoch, "cursor": cursor}))
        await _send_messages(response, replay.messages)
        complete = replay.complete
        while True:
            if complete:
                try:
                    async with asyncio.timeout(STREAM_COMMENT_SECONDS):
                        await news.wait()
                except TimeoutError:
                    await response.send(b": still here\n\n")
            if server.is_stopping:
                return
            news.clear()
            try:
                room, hidden = await _look_again(server, reader, room.id)
            except ChatError:
                return  # removed, left, signed out, or the room is gone
            replay = await read_replay(
                server.store,
                room,
                after=cursor,
                epoch=None,
                limit=STREAM_REPLAY,
                hidden_seq=hidden,
            )
            cursor, complete = replay.cursor, replay.complete
            await _send_messages(response, replay.messages)


async def _send_messages(response: Any, messages: Sequence[Message]) -> None:
    # In the order of their ids: whoever is cut in the middle goes on after the last one heard.
    ordered = sorted(messages, key=lambda message: message.changed_seq)
    if ordered:
        await response.send(b"".join(_message_event(message) for message in ordered))


def _message_event(message: Message) -> bytes:
    return b"id: %d\nevent: message\ndata: %b\n\n" % (message.changed_seq, encode(message))


def _event(kind: str, fields: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), encode(fields))
