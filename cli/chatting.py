"""`sanchat chat`: a room in a terminal, with a prompt that incoming lines do not tear."""

import asyncio
from collections.abc import Callable
from typing import Any

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.output.color_depth import ColorDepth
from prompt_toolkit.patch_stdout import patch_stdout

from sanchat.cli import moderating
from sanchat.cli.conversation import Conversation, Pending
from sanchat.cli.failures import Failure
from sanchat.cli.lines import FAINT, Fragments, Timeline
from sanchat.cli.terminal import Terminal, counted, visible
from sanchat.cli.visit import Address, Frame, Refused

LAST_WORDS_SECONDS = 3.0  # how long leaving waits for lines that are still on their way

HELP = """\
/me waves            say what you do
/edit [#17] text     change your last message, or number 17
/delete [#17]        delete your last message, or number 17
/reply #17 text      reply to number 17
/who                 who is here
/quit                leave; so does Ctrl+D
//text               say something that begins with a slash"""
_COMMANDS = ("/me", "/edit", "/delete", "/reply", "/who", "/help", "/quit", *moderating.COMMANDS)


class Room:
    """What the person sees: lines above, a prompt, a bar that says how things are."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._timeline = Timeline()
        self._online: int | None = None
        self._state = "connecting"
        self._was_cut = False
        self._names: set[str] = set()
        self.redraw: Callable[[], None] = lambda: None

    @property
    def timeline(self) -> Timeline:
        return self._timeline

    @property
    def names(self) -> list[str]:
        """Who has been met, for completion."""
        return sorted(self._names)

    def bar(self, conversation: Conversation) -> Fragments:
        parts = [visible(conversation.room), self._state]
        if self._online is not None and conversation.is_connected:
            parts.append(f"{self._online:,} online")
        if conversation.outbox:
            parts.append(f"{counted(len(conversation.outbox), 'line')} waiting")
        return [("", " · ".join(parts))]

    def say(self, line: Fragments | str) -> None:
        """Print a line above the prompt."""
        fragments = [("", visible(line))] if isinstance(line, str) else line
        depth = ColorDepth.DEPTH_1_BIT if self._terminal.no_color else None
        print_formatted_text(FormattedText(fragments), color_depth=depth)

    def note(self, sentence: str) -> None:
        """Something of the program's own."""
        for line in sentence.split("\n"):
            self.say([(FAINT, f"-- {visible(line)}")])

    # What the conversation tells

    def greeted(self, hello: Frame) -> None:
        self._timeline.own_id = hello["user"]["id"]

    def joined(self, reply: Frame) -> None:
        if self._was_cut and self._state != "connecting":
            self.note("connected again")
        if self._state == "connecting":
            topic = reply["room"].get("topic") or reply["room"].get("title")
            about = f" · {topic}" if topic else ""
            self.note(f"{reply['room']['name']}{about} · /help shows the commands")
        self._was_cut = False
        self._state = "connected"
        self._online = reply.get("online")
        self._names.update(visible(member["name"]) for member in reply.get("members", []))
        self.redraw()

    def message(self, message: Frame) -> None:
        self._names.add(visible(message["user"]["name"]))
        for line in self._timeline.lines(message):
            self.say(line)

    def event(self, frame: Frame) -> None:
        match frame["type"]:
            case "presence":
                self._online = frame.get("online", self._online)
                self._names.update(visible(each["name"]) for each in frame.get("joined", []))
            case "announcement":
                # To everybody, or to this person alone, as after a mute.
                self.note(f"{frame.get('from') or 'the server'}: {frame.get('text')}")
            case "removed":
                reason = f": {frame['reason']}" if frame.get("reason") else ""
                self.note(f"you were removed{reason}")
            case "room" if frame.get("deleted"):
                self.note(f"the room {frame['room']['name']} was deleted")
            case "room" if "was" in frame:
                self.note(f"{frame['was']} is called {frame['room']['name']} now")
        self.redraw()

    def void(self) -> None:
        self._timeline.clear()
        self.note("the server's history has begun anew; what is above may be gone there")

    def cut(self, reason: str, delay_seconds: float) -> None:
        if not self._was_cut:
            self.note(f"{reason}; trying again")
        self._was_cut = True
        if self._state != "connecting":
            self._state = f"cut off, next try within {max(1.0, delay_seconds):.0f} s"
        self.redraw()

    def refused(self, pending: Pending, refusal: Refused) -> None:
        self.note(f"{refusal} Not done: {pending.command} {pending.text}".rstrip())


class Commands(Completer):
    """Completes commands at the start of a line, and names anywhere."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def get_completions(self, document: Document, complete_event: Any) -> Any:
        text = document.text_before_cursor
        if text.startswith("/") and " " not in text:
            words, typed = list(_COMMANDS), text
        else:
            words, typed = self._room.names, text.rpartition(" ")[2]
            if not typed:
                return
        for word in words:
            if word.casefold().startswith(typed.casefold()):
                yield Completion(word, start_position=-len(typed))


async def chat(where: Address, room_name: str, terminal: Terminal) -> None:
    """Talk until the person leaves or the server ends it; Failure where it does."""
    room = Room(terminal)
    conversation = Conversation(where, room_name, room)
    prompt: PromptSession[str] = PromptSession(
        erase_when_done=True,
        completer=Commands(room),
        complete_while_typing=False,
        bottom_toolbar=lambda: FormattedText(room.bar(conversation)),
        color_depth=ColorDepth.DEPTH_1_BIT if terminal.no_color else None,
    )
    room.redraw = prompt.app.invalidate
    with patch_stdout(raw=True):
        following = asyncio.create_task(conversation.run())
        typing = asyncio.create_task(_type(prompt, room, conversation))
        try:
            await asyncio.wait({following, typing}, return_when=asyncio.FIRST_COMPLETED)
            if typing.done():
                await typing
                await _say_last_words(room, conversation, following)
        finally:
            for task in (following, typing):
                task.cancel()
            ended = await asyncio.gather(following, typing, return_exceptions=True)
            for pending in conversation.outbox:
                room.note(f"not sent: {pending.text}")
    if isinstance(ended[0], Failure):
        raise ended[0]


async def _type(prompt: PromptSession[str], room: Room, conversation: Conversation) -> None:
    while True:
        try:
            line = await prompt.prompt_async("> ")
        except KeyboardInterrupt:
            room.note("/quit or Ctrl+D leaves")
            continue
        except EOFError:
            return
        if line.strip() in ("/quit", "/exit"):
            return
        if line.strip() and not await _obey(line, room, conversation):
            # In the prompt it would be in the way of what is being typed already.
            room.note("not sent; the Up key brings the line back")


async def _say_last_words(
    room: Room, conversation: Conversation, following: asyncio.Task[None]
) -> None:
    if not conversation.outbox:
        return
    room.note(f"{counted(len(conversation.outbox), 'line')} on the way…")
    said = asyncio.create_task(conversation.said())
    await asyncio.wait(
        {said, following}, timeout=LAST_WORDS_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    said.cancel()


async def _obey(line: str, room: Room, conversation: Conversation) -> bool:
    """Do what a line says; False where it makes no sense."""
    if not line.startswith("/") or line.startswith("//"):
        conversation.post(line[1:] if line.startswith("//") else line)
        return True
    word, _, rest = line.partition(" ")
    number, text = _number(rest)
    match word:
        case "/me" if rest.strip():
            conversation.post(rest, kind="action")
        case "/reply" if number is not None and text.strip():
            conversation.post(text, reply_to=number)
        case "/edit" if text.strip():
            return _change(room, conversation, "edit", number, text=text)
        case "/delete" if not text.strip():
            return _change(room, conversation, "delete", number)
        case "/who":
            await _who(room, conversation)
        case "/help":
            room.note(f"{HELP}\n{moderating.HELP}")
        case _ if (order := moderating.order(word, rest)) is not None:
            conversation.put(order)
        case _:
            known = word in _COMMANDS
            room.note(
                f"{word} needs more than that; /help shows how"
                if known
                else f"there is no {word}; /help shows what there is, // begins a line with a slash"
            )
            return False
    return True


def _number(rest: str) -> tuple[int | None, str]:
    """The `#17` at the beginning, and what follows it."""
    first, _, more = rest.strip().partition(" ")
    if first.startswith("#") and first[1:].isascii() and first[1:].isdigit():
        return int(first[1:]), more
    return None, rest


def _change(
    room: Room, conversation: Conversation, verb: str, number: int | None, **fields: str
) -> bool:
    if number is None:
        last = room.timeline.last_own()
        if last is None:
            room.note("there is no message of yours here to change")
            return False
        number = int(last["seq"])
    conversation.put(Pending(verb, {"seq": number} | fields))
    return True


async def _who(room: Room, conversation: Conversation) -> None:
    try:
        reply = await conversation.look()
    except Exception as error:  # a cut at this very moment; the conversation sees it too
        room.note(f"nobody can be asked: {error}")
        return
    if reply is None:
        room.note("not connected at the moment")
        return
    online = [member["name"] for member in reply["members"] if member.get("online")]
    more = reply["online"] - len(online)
    others = f", and {more:,} more" if more > 0 else ""
    room.note(f"{reply['online']:,} here: {', '.join(online)}{others}")
