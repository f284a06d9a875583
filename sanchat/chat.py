"""The use cases, one method per verb: what a socket, an HTTP request or a command line may ask.

Cleans what comes in, asks policy, and hands changes to the journal or questions to the store. No
connection is needed for it: the commands of an administrator go through here too.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sanchat.accounts import Accounts
from sanchat.addresses import network_of
from sanchat.belonging import Belonging
from sanchat.broker import Broker, open_broker
from sanchat.changes import (
    CreateRoom,
    Delete,
    Edit,
    Joined,
    Leave,
    Post,
    React,
    Read,
    SetNotify,
    Subscribe,
)
from sanchat.clock import Clock, wall_clock
from sanchat.errors import (
    BadFrame,
    ChatError,
    Forbidden,
    NotFound,
)
from sanchat.identity import SignOut
from sanchat.invitations import Invitations
from sanchat.journal import Journal
from sanchat.limits import Guesses, Limits
from sanchat.measures import Opened
from sanchat.models import (
    CLIENT_MESSAGE_ID_LENGTH,
    ROOM_KINDS,
    Place,
    Room,
    Session,
    Standing,
    User,
    Waiting,
    clean_emoji,
    clean_reason,
    clean_room_name,
    clean_text,
    room_key,
    user_key,
)
from sanchat.moderation import Moderation
from sanchat.opening import Opening, Wanted
from sanchat.policy import may_create_rooms, may_see, refusal_to_enter
from sanchat.presence import LARGE_ROOM, HeldNames
from sanchat.room_acts import RoomActs, check_words
from sanchat.sessions import Sessions
from sanchat.skeleton import skeleton
from sanchat.store import Store, open_store
from sanchat.tasks import Tasks


class Chat(RoomActs):
    """One chat: its store, its journal and the rules between them."""

    def __init__(
        self,
        store: Store,
        broker: Broker,
        journal: Journal,
        *,
        clock: Clock = wall_clock,
        names: HeldNames | None = None,
        limits: Limits | None = None,
        guesses: Guesses | None = None,
        is_public: bool = False,
        guests: str = "open",
        registration: str = "invite",
        session_idle_days: int = 30,
        session_absolute_days: int = 180,
    ) -> None:
        self.store = store
        self.broker = broker
        self.journal = journal
        self.names = names or HeldNames(0, time.monotonic)
        self.moderation = Moderation(store, journal, clock)
        self.belonging = Belonging(journal)
        self.accounts = Accounts(
            store,
            journal,
            clock=clock,
            names=self.names,
            guests=guests,
            registration=registration,
            guesses=guesses,
        )
        self.invitations = Invitations(store, journal, clock)
        self._clock = clock
        self._is_public = is_public
        self.sessions = Sessions(
            store,
            journal,
            clock=clock,
            names=self.names,
            guests_are_open=guests == "open",
            idle_days=session_idle_days,
            absolute_days=session_absolute_days,
        )
        self.limits = limits

    @property
    def limits(self) -> Limits | None:
        """The rates that hold for everybody; None where nobody is slowed down."""
        return self._limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self._limits = self.sessions.limits = self.accounts.limits = limits

    # People

    async def sign_in_guest(
        self, raw_name: str, *, address: str = "", agent: str = ""
    ) -> tuple[Session, str]:
        """A new guest and the session's token, which is told once. Holds the name."""
        return await self.sessions.sign_in_guest(raw_name, address=address, agent=agent)

    async def session(self, token: str) -> Session | None:
        """The session of a token, or None where it has ended, by its age too."""
        return await self.sessions.of(token)

    async def sign_out(self, session: Session) -> None:
        await self.journal.write(SignOut(session_id=session.id))

    async def refusal_to_enter(
        self, user: User, room: Room | None = None, *, address: str = ""
    ) -> ChatError | None:
        """Why the user may not come in, to the server (from this address) or to one room."""
        bans = await self.store.bans_of(user.id)
        network = network_of(address)
        if network is not None and not user.is_moderator:
            bans += await self.store.bans_at(network, "")
        return refusal_to_enter(bans, room.id if room else None, self._clock())

    async def refusal_to_newcomer(self, name: str, address: str) -> ChatError | None:
        """Why nobody may come in under a name that looks like this, or from this address."""
        bans = await self.store.bans_at(network_of(address) or "", skeleton(name))
        return refusal_to_enter(bans, None, self._clock())

    async def find_user(self, name_or_id: str) -> User:
        """The newest user of a name, else the user of an id; NotFound."""
        named = [u for u in await self.store.users_named(user_key(name_or_id)) if u.id != 0]
        if named:
            return named[0]
        digits = name_or_id.removeprefix("#")
        if digits.isascii() and digits.isdigit() and len(digits) < 16:
            user = await self.store.user(int(digits))
            if user is not None and user.id != 0:
                return user
        raise NotFound(f"There is no user {name_or_id}.")

    # Rooms

    async def room(self, name: str) -> Room:
        """A room by name, whoever asks; NotFound."""
        room = await self.store.room(room_key(name))
        if room is None:
            raise NotFound(f"There is no room {name}.")
        return room

    async def place(self, user: User, name: str) -> Place:
        """A room as the user finds it; NotFound if it does not exist for them, Banned, Kicked."""
        place = await self.store.place(room_key(name), user.id)
        if place is None or not may_see(place.room.kind, place.role):
            raise NotFound("There is no such room.")
        if place.has_bans:
            refusal = await self.refusal_to_enter(user, place.room)
            if refusal is not None:
                raise refusal
        return place

    async def standing(self, user: User, room: Room) -> Standing:
        """How the user stands in the room now; NotFound where it is gone."""
        standings = await self.store.standings(room.id, [user.id])
        if not standings:
            raise NotFound("There is no such room.")
        return standings[0]

    async def opening(
        self, user: User, room: Room, want: Callable[[Room], Wanted], *, is_large: bool
    ) -> Opening:
        """What the user finds in the room now, of a large one no members; NotFound if it is gone.

        `want` says of the room as it is then which messages.
        """
        members = 0 if is_large else LARGE_ROOM
        opening = await self.store.opening(room.id, user.id, want, members=members)
        if opening is None:
            raise NotFound("There is no such room.")
        return opening

    async def create_room(
        self,
        name: str,
        *,
        title: str = "",
        kind: str = "open",
        actor: str = "",
        user: User | None = None,
        session_id: int = 0,
    ) -> Room:
        """A new room; for a `user`, who must be allowed to. BadName, Conflict, Forbidden."""
        cleaned = clean_room_name(name)
        if kind not in ROOM_KINDS[:2]:
            raise BadFrame("A room is `open` or `closed`.")
        check_words(title=title)
        if user is not None:
            if not may_create_rooms(user, is_public=self._is_public):
                raise Forbidden("You may not create rooms here.")
            if self.limits is not None:
                self.limits.spend(self.limits.rooms, session_id, "create a room")
            actor = user.name
        room: Room = await self.journal.write(
            CreateRoom(
                name=cleaned,
                title=title,
                kind=kind,
                actor=actor,
                actor_id=user.id if user is not None else None,
            )
        )
        return room

    async def direct(self, user: User, session_id: int, others: Sequence[User]) -> Opened:
        """The direct room of these people, for a user who may create rooms."""
        if not may_create_rooms(user, is_public=self._is_public):
            raise Forbidden("You may not create rooms here.")
        if self.limits is not None:
            self.limits.spend(self.limits.rooms, session_id, "create a room")
        return await self.belonging.open_direct(user, others)

    async def subscribe(self, user: User, place: Place, session_id: int = 0) -> Joined:
        """Become a member of an open room at the first hearing."""
        if place.role is not None:
            return Joined(
                place.room,
                place.role,
                place.read_seq,
                began=False,
                joined_seq=place.joined_seq,
                notify=place.notify,
            )
        joined: Joined = await self.journal.write(
            Subscribe(room_key=room_key(place.room.name), user_id=user.id, session_id=session_id)
        )
        return joined

    async def leave(self, user: User, name: str) -> Room:
        room: Room = await self.journal.write(Leave(room_key=room_key(name), user_id=user.id))
        return room

    async def read(self, user: User, name: str, seq: int, *, is_back: bool = False) -> Waiting:
        """Move the read position, forward unless `is_back`; what waits behind it now."""
        waiting: Waiting = await self.journal.write(
            Read(room_key=room_key(name), user_id=user.id, seq=seq, is_back=is_back)
        )
        return waiting

    async def set_notify(self, user: User, name: str, level: str) -> Room:
        room: Room = await self.journal.write(
            SetNotify(room_key=room_key(name), user_id=user.id, level=level)
        )
        return room

    # Messages: changes, cleaned, for whoever has them carried out

    def post(
        self,
        user: User,
        session_id: int,
        name: str,
        text: str,
        client_message_id: str,
        *,
        reply_to: int | None = None,
        kind: str | None = None,
    ) -> Post:
        """A message to have posted. EmptyText, TextTooLong, RateLimited, BadFrame."""
        if not 1 <= len(client_message_id) <= CLIENT_MESSAGE_ID_LENGTH:
            raise BadFrame(f"An id has 1 to {CLIENT_MESSAGE_ID_LENGTH} characters.")
        if "\0" in client_message_id:
            raise BadFrame("An id cannot hold the character NUL.")
        if kind not in (None, "plain", "action"):
            raise BadFrame("A message is posted plain or as an `action`.")
        clean_text(text)
        if self._limits is not None:
            self._write_slowly(session_id)
        return Post(
            room_key=room_key(name),
            author_id=user.id,
            text=text,
            client_message_id=client_message_id,
            reply_to=reply_to,
            kind=kind or "plain",
            session_id=session_id,
        )

    def edit(self, user: User, session_id: int, name: str, seq: int, text: str) -> Edit:
        clean_text(text)
        self._write_slowly(session_id)
        return Edit(
            room_key=room_key(name), user_id=user.id, seq=seq, text=text, session_id=session_id
        )

    def delete(
        self, user: User, session_id: int, name: str, seq: int, *, reason: str = ""
    ) -> Delete:
        self._write_slowly(session_id)
        return Delete(
            room_key=room_key(name),
            user_id=user.id,
            seq=seq,
            reason=clean_reason(reason),
            session_id=session_id,
        )

    def react(
        self, user: User, session_id: int, name: str, seq: int, emoji: str, *, on: bool
    ) -> React:
        self._write_slowly(session_id)
        return React(
            room_key=room_key(name),
            user_id=user.id,
            seq=seq,
            emoji=clean_emoji(emoji),
            on=on,
            session_id=session_id,
        )

    def server_is_running(self) -> bool:
        """Whether a server works on this database now."""
        return self.store.server_is_running()

    def _write_slowly(self, session_id: int) -> None:
        if self.limits is not None:
            self.limits.spend(self.limits.writes, session_id, "send")


@asynccontextmanager
async def open_chat(database: Path, *, create: bool = False) -> AsyncIterator[Chat]:
    """The chat in a database file, for programs beside the server.

    NotFound where there is no file and `create` is not set; StartupError where it cannot be opened.
    """
    if not create and not database.exists():  # noqa: ASYNC240 (once, before anything runs)
        raise NotFound(f"There is no database at {database}.")
    store = await open_store(database)
    broker = open_broker(database)
    journal = Journal(store, None, broker.ring)
    async with Tasks() as tasks:
        tasks.start(journal.run())
        chat = Chat(store, broker, journal)
        try:
            yield chat
            await journal.drained()
        finally:
            tasks.cancel()
            chat.accounts.passwords.close()
            await store.close()
