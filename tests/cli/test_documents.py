"""Pages and Markdown show what people wrote, obey none of it, and need nothing else."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanchat.cli.formats.days import REMEMBERED, pieces
from sanchat.cli.formats.markdown import MarkdownWriter
from sanchat.cli.formats.page import PageWriter
from sanchat.cli.formats.records import Header, Quoted, RoomLine, RoomSpan
from sanchat.models import Author, Message, Reaction, Room

NOON = 1_795_348_800_000  # Sunday 22 November 2026, 12:00 UTC
ANA, BEN = Author(1, "ana"), Author(2, "ben", "guest")
HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(2)>'`&amp;javascript:alert(3)"""


def said(seq: int, text: str | None, user: Author = ANA, *, minutes: float = 0, **more) -> Message:
    at = NOON + round(minutes * 60_000)
    return Message(room="lobby", seq=seq, changed_seq=seq, sent_at=at, user=user, text=text, **more)


def written(writer, *records, name: str = "lobby", title: str = "") -> str:
    header = Header.now(
        server="sanchat", exported_at=NOON, epoch="e", rooms=[RoomSpan(name, 1, len(records))]
    )
    room = RoomLine.of(Room(1, name, title, "", "open", len(records), 0, 0, NOON))
    return b"".join([*map(writer.write, (header, room, *records)), writer.end()]).decode()


def page(*records, **more) -> str:
    return written(PageWriter(), *records, **more)


def test_a_page_groups_by_author_and_day() -> None:
    shown = page(
        said(1, "one"),
        said(2, "two", minutes=1),
        said(3, "three", BEN, minutes=2),
        said(4, "four", BEN, minutes=8),
        said(5, "tomorrow", BEN, minutes=60 * 13),
    )

    assert shown.count('class="message continued"') == 1
    assert shown.count('class="message"') == 4
    assert re.findall(r'<h3 class="rule"><span>([^<]+)', shown) == [
        "Sunday 22 November 2026",
        "Monday 23 November 2026",
    ]


def test_a_page_shows_replies_reactions_edits_actions_and_what_was_deleted() -> None:
    shown = page(
        Quoted(said(1, "an older question")),
        said(2, "an answer", BEN, reply_to=1, edited_at=NOON),
        said(3, "waves", kind="action", reactions=[Reaction("👍", 2, ["ben", "cho"])]),
        said(4, None, deleted_at=NOON),
        said(5, "to nobody knows what", BEN, reply_to=99),
        said(6, "kicked cho", Author(0, "sanchat", "system"), kind="notice"),
    )

    assert '<a class="quote" href="#lobby:1">' in shown
    assert "<b>ana</b><span>an older question</span>" in shown
    assert "an older message, #99" in shown
    assert '<span title="ben, cho">👍 <b>2</b></span>' in shown
    assert "(edited)" in shown
    assert '<div class="body action" dir="auto"><b>ana</b> waves</div>' in shown
    assert "This message was deleted." in shown
    assert '<div id="lobby:6" title="#6 · 2026-11-22 12:00:00" class="notice">kicked cho' in shown
    assert "<footer>5 messages</footer>" in shown


def test_a_page_holds_no_script_and_asks_for_nothing() -> None:
    shown = page(
        said(1, HOSTILE, Author(1, HOSTILE[:32])),
        said(2, "x", reply_to=1, reactions=[Reaction('<i onclick="x">', 1, [HOSTILE])]),
        title=HOSTILE,
    )

    tags = set(re.findall(r"<([a-zA-Z]+)", shown))
    assert not tags & {"script", "img", "link", "iframe", "object", "i onclick"}
    assert not re.search(r"<[^>]+\son\w+=", re.sub(r'"[^"]*"', '""', shown))
    assert re.findall(r'(?:src|href)="(?!#)([^"]*)"', shown) == []
    assert "default-src 'none'" in html.unescape(shown)
    assert "url(" not in shown
    assert "@import" not in shown


@given(st.text(max_size=200))
def test_every_text_is_text_on_a_page(text: str) -> None:
    shown = page(said(1, text))

    body = re.search(r'<div class="body"[^>]*>(.*)</div></div></div>\n</section>', shown, re.DOTALL)
    assert body is not None
    assert not re.sub(
        r'<a href="[^"<>]*" rel="noopener noreferrer nofollow">|</a>', "", body[1]
    ).count("<")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.org/a_(b)?x=1&y=2, ok", ["https://example.org/a_(b)?x=1&y=2"]),
        ("(http://example.org/)", ["http://example.org/"]),
        ("看https://example.org/路径。好", ["https://example.org/路径。好"]),
        ("mail mailto:ana@example.org.", ["mailto:ana@example.org"]),
        ("javascript:alert(1) data:text/html,x file:///etc vbscript:x ftp://x", []),
        ("https:// mailto: http://", []),
        ('https://example.org/"onclick="x', ["https://example.org/"]),
    ],
)
def test_only_http_https_and_mailto_become_links(text: str, links: list[str]) -> None:
    assert [piece for piece, is_link in pieces(text) if is_link] == links
    assert "".join(piece for piece, _ in pieces(text)) == text


def test_only_so_many_messages_are_remembered_for_quotes() -> None:
    writer = PageWriter()
    messages = [said(seq, f"text {seq}") for seq in range(1, REMEMBERED + 3)]
    late = [said(REMEMBERED + 3, "a", reply_to=1), said(REMEMBERED + 4, "b", reply_to=9)]

    shown = written(writer, *messages, *late)

    assert "an older message, #1<" in shown
    assert "<span>text 9</span>" in shown


def test_markdown_obeys_nothing_that_people_wrote() -> None:
    text = "# no heading\n- no list\n1. no number\n*no* _stress_ `code` [x](y) <b> | a\n    no code"

    shown = written(MarkdownWriter(), said(1, text, BEN, reactions=[Reaction("👍", 1, ["ana"])]))

    assert shown == (
        "# lobby\n\n## Sunday 22 November 2026\n\n**ben** 12:00 · #1\n\n"
        "\\# no heading  \n\\- no list  \n1\\. no number  \n"
        "\\*no\\* \\_stress\\_ \\`code\\` \\[x\\](y) \\<b\\> \\| a  \n"
        "&nbsp;&nbsp;&nbsp;&nbsp;no code\n\n👍 1 (ana)\n\n"
    )


def test_markdown_quotes_what_is_replied_to() -> None:
    shown = written(MarkdownWriter(), said(1, "a question?"), said(2, "yes", BEN, reply_to=1))

    assert "> **ana**: a question? (#1)\n\n**ben** 12:00 · #2\n\nyes\n" in shown
