"""What is read back is what was written, from any place on."""

import random

import pytest
from people import (
    deleting,
    do_all,
    editing,
    present,
    reacting,
    saying,
)

from sanchat.changes import (
    Post,
)
from sanchat.models import Message, User


async def test_history_comes_in_pages_that_meet_without_gap_or_overlap(store, ana):
    await do_all(store, [saying(ana, f"{n}") for n in range(1, 101)])
    lobby = await present(store, "lobby")

    pages = [await store.newest(lobby, limit=30)]
    while pages[-1]:
        pages.append(await store.before(lobby, pages[-1][0].seq, limit=30))

    assert [len(page) for page in pages] == [30, 30, 30, 10, 0]
    assert [m.seq for page in reversed(pages) for m in page] == list(range(1, 101))


@pytest.mark.parametrize("seed", range(8))
async def test_changes_after_any_cursor_are_those_of_a_naive_model(store, ana, bob, seed):
    chance = random.Random(seed)
    model = Model()
    people = [ana, bob]
    for _ in range(12):
        batch, expected = [], []
        for _ in range(chance.randint(1, 30)):
            change = random_change(chance, people, model)
            batch.append(change)
            expected.append(model.apply(change))
        answers = await do_all(store, batch)
        assert [getattr(a, "changed_seq", getattr(a, "seq", None)) for a in answers] == expected
    lobby = await present(store, "lobby")

    assert lobby.last_seq == model.last
    for after in [0, model.last, *(chance.randrange(model.last) for _ in range(20))]:
        for limit in (1, 7, 1_000):
            found = await store.changes_after(lobby, after, limit=limit)
            assert [shape(m) for m in found] == model.changes_after(after)[:limit]


class Model:
    """A room as a list of messages, for comparison."""

    def __init__(self) -> None:
        self.last = 0
        self.messages: dict[int, list] = {}  # seq: [changed, author, text, {emoji: {user}}]
        self.ids: dict[tuple[int, str], int] = {}

    def apply(self, change) -> int | None:
        if isinstance(change, Post):
            return self._post(change)
        message = self.messages.get(change.seq)
        kind = type(change).__name__
        if message is None or (kind != "React" and message[1] != change.user_id):
            return None
        if message[2] is None:
            return message[0] if kind == "Delete" else None
        if kind == "Edit":
            changed, message[2] = message[2] != change.text, change.text
        elif kind == "Delete":
            changed, message[2] = True, None
            message[3].clear()
        else:
            users = message[3].setdefault(change.emoji, set())
            changed = (change.user_id in users) != change.on
            (users.add if change.on else users.discard)(change.user_id)
            if not users:
                del message[3][change.emoji]
        if changed:
            self.last += 1
            message[0] = self.last
        return message[0]

    def _post(self, post: Post) -> int:
        key = (post.author_id, post.client_message_id)
        if key not in self.ids:
            self.last += 1
            self.ids[key] = self.last
            self.messages[self.last] = [self.last, post.author_id, post.text, {}]
        return self.ids[key]

    def changes_after(self, after: int) -> list:
        found = [
            (seq, changed, author, text, {emoji: len(users) for emoji, users in reactions.items()})
            for seq, (changed, author, text, reactions) in self.messages.items()
            if changed > after
        ]
        return sorted(found, key=lambda message: message[1])


def shape(m: Message) -> tuple:
    reactions = {reaction.emoji: reaction.count for reaction in m.reactions or ()}
    return (m.seq, m.changed_seq, m.user.id, m.text, reactions)


def random_change(chance: random.Random, people: list[User], model: Model):
    user = chance.choice(people)
    seq = chance.randint(1, model.last + 2)
    return chance.choices(
        [
            saying(user, f"text {chance.random()}", f"id-{chance.randrange(200)}"),
            editing(user, seq, chance.choice(["new", "newer"])),
            deleting(user, seq),
            reacting(user, seq, chance.choice("👍🎉"), on=chance.random() < 0.7),
        ],
        weights=[5, 2, 1, 2],
    )[0]
