"""Waits for the running server to carry out what the command line decided."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import msgspec

from sanchat.chat import Chat
from sanchat.cli.failures import Exit, Failure, failure_from
from sanchat.cli.terminal import Terminal
from sanchat.errors import ChatError

ANSWER_SECONDS = 10  # also for a server that is just coming up, on a slow machine
_LOOK_AGAIN_SECONDS = 0.02


class Outcome(msgspec.Struct, frozen=True):
    """What became of some acts: `closed` has the connections touched, by act, of those answered."""

    server_running: bool
    closed: dict[int, int]

    def answered(self, act: int) -> bool:
        """Whether nothing is left to wait for."""
        return not self.server_running or act in self.closed


async def outcome_of(chat: Chat, acts: Sequence[int]) -> Outcome:
    """What the server did about these acts; waits for it at most 10 s, not at all without one."""
    if not chat.server_is_running():
        return Outcome(False, {})
    closed: dict[int, int] = {}
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                for act in acts:
                    if act not in closed and (results := await chat.store.act_results(act)):
                        closed[act] = sum(connections for _server, connections in results)
                if len(closed) == len(set(acts)):
                    break
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError:
        # A server that stopped meanwhile leaves the act to its successor.
        if not chat.server_is_running():
            return Outcome(False, closed)
    return Outcome(True, closed)


def no_answer(what: str) -> Failure:
    """The failure to report where a server runs and does not answer."""
    return Failure(
        f"The server did not answer within {ANSWER_SECONDS} s. "
        f"The {what} is recorded and will be carried out.",
        exit=Exit.UNREACHABLE,
        hint="See whether the server is stuck: its log, its processor time.",
    )


@asynccontextmanager
async def carried_out(chat: Chat, terminal: Terminal) -> AsyncIterator[None]:
    """Do not end before a running server has done its part; say so where it does not."""
    before = await chat.store.last_act()
    yield
    last = await chat.store.last_act()
    # Servers carry acts out in order: the last one stands for all.
    if last > before and not (await outcome_of(chat, [last])).answered(last):
        terminal.fail(no_answer("change"))


async def each(terminal: Terminal, names: list[str], act: Callable[[str], Awaitable[None]]) -> None:
    """Do it for every name, whatever becomes of the others."""
    for name in names:
        try:
            await act(name)
        except (ChatError, Failure) as error:
            failure = failure_from(error)
            assert failure is not None
            terminal.fail(failure)
