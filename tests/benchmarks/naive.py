"""What people write first: a set of sockets per room, a row and a commit per message, a send each.

The program that sanchat is measured beside. It stores as SQLite does by default in WAL mode
(`synchronous=NORMAL`), knows no names, no numbers and no catching up, and waits for every reader in
turn. `python -m benchmarks.naive PORT FILE`.
"""

import sys
from collections import defaultdict

import aiosqlite
from sanic import Request, Sanic, Websocket

app = Sanic("naive")
rooms: dict[str, set[Websocket]] = defaultdict(set)


@app.before_server_start
async def open_database(app: Sanic) -> None:
    app.ctx.database = await aiosqlite.connect(sys.argv[2])
    await app.ctx.database.execute("pragma journal_mode = wal")
    await app.ctx.database.execute("pragma synchronous = normal")
    await app.ctx.database.execute("create table if not exists messages (room text, text text)")


@app.after_server_stop
async def close_database(app: Sanic) -> None:
    await app.ctx.database.close()


@app.websocket("/room/<room:str>")
async def chat(request: Request, socket: Websocket, room: str) -> None:
    members = rooms[room]
    members.add(socket)
    try:
        await socket.send("ready")
        async for text in socket:
            await app.ctx.database.execute("insert into messages values (?, ?)", (room, text))
            await app.ctx.database.commit()
            for member in list(members):
                await member.send(text)
    finally:
        members.discard(socket)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, access_log=False)
