"""Records that are kept back on disk until all of them are known, and come back in order."""

import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

_SCHEMA = """
create table aside (room text, place integer, record blob, primary key (room, place)) without rowid
"""
_NEXT = "select place, record from aside where room = ? and place > ? order by place limit ?"


Record = TypeVar("Record")


class Aside(Generic[Record]):
    """Records of one type by room and place, in a file without a name that ends with the program.

    Only a few pages of it are in memory, however many there are.
    """

    def __init__(self, type: type[Record]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(type).decode
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("pragma journal_mode = off")
        self._file.execute("pragma synchronous = off")
        self._file.execute(_SCHEMA)

    def put(self, room: str, place: int, record: Record) -> bool:
        """Keep a record; False, and nothing else, where there is one at this place already."""
        cursor = self._file.execute(
            "insert or ignore into aside (room, place, record) values (?, ?, ?)",
            (room, place, self._encode(record)),
        )
        return cursor.rowcount == 1

    def batches(self, room: str, size: int) -> Iterator[list[Record]]:
        """A room's records by their places, `size` at once."""
        place = -1
        while rows := self._file.execute(_NEXT, (room, place, size)).fetchall():
            place = rows[-1][0]
            yield [self._decode(record) for _, record in rows]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
