"""R4 and R6: one order for everybody, and nothing missing for who comes while others speak."""

import asyncio

from clients import Client
from harness import LiveServer, serving_process

CONNECTIONS = 20
POSTS = 25


async def test_five_hundred_posts_at_once_are_one_unbroken_order_for_everybody(tmp_path):
    with serving_process(tmp_path / "chat.db") as process:
        clients = []
        for n in range(CONNECTIONS):
            client = Client(await process.connect(f"/ws/general?name=guest{n}"))
            client.hello = await client.expect("hello")
            await client.expect("reply", ref=None)
            clients.append(client)

        replies = await asyncio.gather(*(pipelined(client) for client in clients))
        heard = [await messages(client, CONNECTIONS * POSTS) for client in clients]
        for client in clients:
            await client.close()

    numbers = list(range(1, CONNECTIONS * POSTS + 1))
    assert sorted(seq for sent in replies for seq in sent) == numbers
    assert [message["seq"] for message in heard[0]] == numbers
    assert all(other == heard[0] for other in heard)
    for sent in replies:
        assert sent == sorted(sent)  # each sender's own order


async def pipelined(client: Client) -> list[int]:
    """Post without waiting for answers; the numbers in the order of sending."""
    for n in range(POSTS):
        await client.send(
            {
                "type": "post",
                "ref": n,
                "room": "general",
                "text": f"{client.user['name']} {n}",
                "client_message_id": f"{n}",
            }
        )
    return [(await client.expect("reply", ref=n))["seq"] for n in range(POSTS)]


async def messages(client: Client, number: int) -> list[dict]:
    return [await client.expect("message") for _ in range(number)]


async def test_whoever_joins_while_others_speak_misses_nothing_and_hears_nothing_twice(
    live: LiveServer,
):
    speakers = await live.gather("general", "ana", "bob", "eve")
    acked = [0]
    reached = [asyncio.Event() for _ in range(40)]

    async def speak(client: Client) -> None:
        for n in range(60):
            reply = await client.post("general", f"{n}", f"{client.user['name']} {n}")
            acked.append(reply["seq"])
            for event in reached[: max(acked) // 4 + 1]:
                event.set()

    async def join(n: int) -> tuple[int, dict, list[dict]]:
        client = await live.join(f"guest{n}")
        await reached[n].wait()
        before = max(acked)
        reply = await client.subscribe("general", after=0, limit=1_000)
        heard = []
        while not heard or heard[-1]["changed_seq"] < 180:
            if reply["cursor"] == 180:
                break
            heard.append(await client.expect("message"))
        return before, reply, heard

    *_, joins = await asyncio.gather(
        *(speak(client) for client in speakers), asyncio.gather(*(join(n) for n in range(40)))
    )

    assert len({reply["cursor"] for _, reply, _ in joins}) > 1  # they did come at different times
    for before, reply, heard in joins:
        assert reply["complete"]
        assert reply["cursor"] >= before
        replayed = [message["seq"] for message in reply["messages"]]
        assert replayed + [message["seq"] for message in heard] == list(range(1, 181))
