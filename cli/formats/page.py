"""Writes rooms as one HTML file that needs nothing else: no script, no font, no image, no network.

It looks like the page of the chat: grouped by author and day, light and dark. Whatever people wrote
is text in it; links are http, https and mailto alone.
"""

import re
from html import escape
from urllib.parse import quote

from sanchat.cli.formats.days import Memory, day_of, pieces
from sanchat.cli.formats.page_style import STYLE
from sanchat.cli.formats.records import Header, Quoted, Record, RoomLine
from sanchat.cli.terminal import counted, visible, visible_document
from sanchat.cli.times import shown, utc
from sanchat.models import MEMBER, Message, Reaction

GROUP_MS = 5 * 60_000  # what one person says within this is one group
TINTS = 5
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_HAN = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
_MARK = (
    '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="9"/>'
    '<path d="M10 10.5h12M12 16h8M8.5 21.5h15"/></svg>'
)
_REPLY = (
    '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M9 6 4 11l5 5M4 11h9a7 7 0 0 1 7 7v1"/></svg>'
)


class PageWriter:
    """The page, piece by piece. Holds no more than the messages that replies may quote."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._header: Header | None = None
        self._lines: dict[str, RoomLine] = {}
        self._room = ""
        self._day = ""
        self._group: tuple[int, int] | None = None  # (author, time) of the message before
        self._count = 0

    def write(self, record: Record) -> bytes:
        match record:
            case Header():
                self._header = record
                return self._top(record).encode()
            case RoomLine():
                self._lines[record.name] = record
            case Quoted():
                self._memory.keep(record.message)
            case Message():
                written = self._begin(record) + self._message(record)
                self._memory.keep(record)
                self._count += 1
                return written.encode()
        return b""

    def end(self) -> bytes:
        if self._count == 0:
            ending = '<p class="nothing">Nothing was said here.</p>\n'
        else:
            ending = "</section>\n</article>\n"
        return f"{ending}<footer>{counted(self._count, 'message')}</footer>\n</main>\n".encode()

    # The frame

    def _top(self, header: Header) -> str:
        names = [visible(room.name) for room in header.rooms]
        title = escape(", ".join(names[:3]) + ("…" if len(names) > 3 else ""))
        facts = f"exported {shown(header.exported_at)} UTC by {visible(header.server)}"
        if header.part:
            asked = ", ".join(f"{name} {value}" for name, value in header.part.items())
            facts += f" · {visible(asked)} only"
        menu = ""
        if len(names) > 1:
            items = "".join(f'<a href="#{_anchor(name)}">{escape(name)}</a>' for name in names)
            menu = f'<nav aria-label="Rooms">{items}</nav>\n'
        return (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{title} · sanchat</title>\n<style>\n{STYLE}</style>\n"
            f'<header class="top"><span class="mark">{_MARK}</span><div><b>{title}</b>'
            f"<small>{escape(facts)} · times are UTC</small></div></header>\n{menu}<main>\n"
        )

    def _begin(self, message: Message) -> str:
        begun = ""
        if message.room != self._room:
            if self._room:
                begun += "</section>\n</article>\n"
            self._room, self._day, self._group = message.room, "", None
            begun += self._room_head(message.room)
        day = day_of(message.sent_at)
        if day != self._day:
            begun += "</section>\n" if self._day else ""
            self._day, self._group = day, None
            begun += f'<section>\n<h3 class="rule"><span>{day}</span></h3>\n'
        return begun

    def _room_head(self, name: str) -> str:
        room = self._lines.get(name)
        shown_name = escape(visible(name))
        about = (
            " · ".join(escape(visible(text)) for text in (room.title, room.topic) if text)
            if room is not None
            else ""
        )
        below = f'<p dir="auto">{about}</p>' if about else ""
        return (
            f'<article aria-label="{shown_name}">\n<header class="room" id="{_anchor(name)}">'
            f"<h2><i>#</i>{shown_name}</h2>{below}</header>\n"
        )

    # Messages

    def _message(self, message: Message) -> str:
        name = escape(visible(message.user.name))
        time = f"{utc(message.sent_at):%H:%M}"
        stamp = f'<time datetime="{utc(message.sent_at).isoformat()}">{time}</time>'
        number = f"#{message.seq} · {shown(message.sent_at)}"
        begins = f'<div id="{_anchor(message.room, message.seq)}" title="{number}"'
        is_notice = message.kind == "notice" and message.deleted_at is None
        if is_notice:
            self._group = None
            return f'{begins} class="notice">{_inline(message.text or "")} {stamp}</div>\n'
        is_continued = self._continues(message)
        inside = self._quote(message) + self._body(message, name) + _reactions(message.reactions)
        if is_continued:
            kind = "message continued"
            left, head = f'<span class="gutter">{time}</span>', ""
        else:
            kind = "message"
            tint = abs(message.user.id) % TINTS + 1
            letters = escape(_initials(visible(message.user.name)))
            left = f'<span class="avatar tint-{tint}" aria-hidden="true">{letters}</span>'
            tag = (
                f'<span class="tag">{escape(message.user.kind)}</span>'
                if message.user.kind != MEMBER
                else ""
            )
            head = f'<div class="head"><b dir="auto">{name}</b>{tag}{stamp}</div>'
        return f'{begins} class="{kind}">{left}<div>{head}{inside}</div></div>\n'

    def _continues(self, message: Message) -> bool:
        before, self._group = self._group, (message.user.id, message.sent_at)
        return (
            before is not None
            and before[0] == message.user.id
            and 0 <= message.sent_at - before[1] < GROUP_MS
            and message.reply_to is None
        )

    def _quote(self, message: Message) -> str:
        if message.reply_to is None:
            return ""
        quoted = self._memory.of(message.room, message.reply_to)
        if quoted is None:
            words = f"<span>an older message, #{message.reply_to}</span>"
        else:
            words = f"<b>{escape(quoted[0])}</b><span>{escape(quoted[1])}</span>"
        target = _anchor(message.room, message.reply_to)
        return f'<a class="quote" href="#{target}">{_REPLY}{words}</a>'

    def _body(self, message: Message, name: str) -> str:
        if message.deleted_at is not None:
            return '<div class="tombstone">This message was deleted.</div>'
        text = message.text or ""
        edited = ""
        if message.edited_at is not None:
            edited = f' <span class="edited" title="{shown(message.edited_at)}">(edited)</span>'
        language = ' lang="zh-CN"' if len(_HAN.findall(text)) * 2 > len(text) else ""
        if message.kind == "action":
            said = f"<b>{name}</b> {_inline(text)}"
            return f'<div class="body action" dir="auto"{language}>{said}{edited}</div>'
        return f'<div class="body" dir="auto"{language}>{_inline(text)}{edited}</div>'


def _inline(text: str) -> str:
    parts = []
    for piece, is_link in pieces(text.replace("\r\n", "\n")):
        words = escape(visible_document(piece))
        if is_link:
            words = f'<a href="{words}" rel="noopener noreferrer nofollow">{words}</a>'
        parts.append(words)
    return "".join(parts)


def _reactions(reactions: list[Reaction] | None) -> str:
    if not reactions:
        return ""
    pills = []
    for reaction in reactions:
        names = escape(visible(", ".join(reaction.users)))
        emoji = escape(visible(reaction.emoji))
        pills.append(f'<span title="{names}">{emoji} <b>{reaction.count}</b></span>')
    return f'<div class="reactions">{"".join(pills)}</div>'


def _initials(name: str) -> str:
    """First letters, or the last character of a Chinese name."""
    han = _HAN.findall(name)
    if han and _HAN.search(name.rstrip(" .-_")[-1:] or ""):
        return str(han[-1])
    words = [word for word in re.split(r"[\s_.-]+", name) if word]
    letters = words if len(words) < 2 else [words[0], words[-1]]
    return "".join(word[0] for word in letters).upper()


def _anchor(room: str, seq: int | None = None) -> str:
    # Percent signs would be undone in a link and not in an id.
    name = quote(room, safe="").replace("%", "~")
    return name if seq is None else f"{name}:{seq}"
