"""Which formats there are to write, and the writer of each."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from sanchat.cli.formats.irssi import IrssiWriter
from sanchat.cli.formats.jsonl import JsonlWriter
from sanchat.cli.formats.markdown import MarkdownWriter
from sanchat.cli.formats.page import PageWriter
from sanchat.cli.formats.records import Record
from sanchat.cli.formats.spreadsheet import CsvWriter
from sanchat.cli.formats.text import TextWriter
from sanchat.cli.formats.weechat import WeechatWriter


class Writer(Protocol):
    """Turns the records of one export, in their order, into the bytes of one file."""

    def write(self, record: Record) -> bytes:
        """What the file holds of this record; empty where that is nothing."""

    def end(self) -> bytes:
        """What comes after the last record."""


class Format(StrEnum):
    """What an export can be written as."""

    JSONL = "jsonl"
    CSV = "csv"
    TXT = "txt"
    MD = "md"
    HTML = "html"
    WEECHAT = "weechat"
    IRSSI = "irssi"


FORMATS = "|".join(Format)

# Their files tell of one room each; the others can hold several.
ONE_ROOM = (Format.WEECHAT, Format.IRSSI)

_WRITERS: dict[Format, Callable[[], Writer]] = {
    Format.JSONL: JsonlWriter,
    Format.CSV: CsvWriter,
    Format.TXT: TextWriter,
    Format.MD: MarkdownWriter,
    Format.HTML: PageWriter,
    Format.WEECHAT: WeechatWriter,
    Format.IRSSI: IrssiWriter,
}
_ENDINGS = {format: f".{format}" for format in Format} | {
    Format.WEECHAT: ".weechatlog",
    Format.IRSSI: ".irssi.log",
}


def writer_of(format: Format) -> Writer:
    """A new writer."""
    return _WRITERS[format]()


def ending_of(format: Format) -> str:
    """How names of files in this format end."""
    return _ENDINGS[format]


def format_of(name: str) -> Format | None:
    """The format that a file's name promises."""
    for format, ending in _ENDINGS.items():
        if name.lower().endswith(ending):
            return format
    return None
