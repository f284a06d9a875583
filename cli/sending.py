"""`sanchat send`: one message, tried until the server has stored it, and then there once."""

import asyncio
import secrets

from sanchat.cli.conversation import FIRST_DELAY_SECONDS
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.sessions import Sessions
from sanchat.cli.visit import Address, Cut, Frame, Refused, visiting


async def send(
    where: Address,
    room: str,
    text: str,
    *,
    id: str | None,
    kind: str | None,
    reply_to: int | None,
    patience_seconds: float,
) -> Frame:
    """Post, and return the server's reply; Failure where it said no or was not reached in time."""
    post: Frame = {"room": room, "text": text, "client_message_id": id or secrets.token_hex(12)}
    if kind is not None:
        post["kind"] = kind
    if reply_to is not None:
        post["reply_to"] = reply_to
    sessions = Sessions()
    reason = "it does not answer"
    delay = FIRST_DELAY_SECONDS
    try:
        async with asyncio.timeout(patience_seconds):
            while True:
                try:
                    return await _once(where, sessions, post)
                except Cut as cut:
                    reason = str(cut)
                except Refused as refusal:
                    if refusal.wait_seconds is None:
                        raise refusal.failure() from None
                    reason, delay = str(refusal), refusal.wait_seconds
                await asyncio.sleep(delay)
                delay = min(2 * delay, 5.0)
    except TimeoutError:
        raise Failure(
            f"Not sent: {reason}.".replace("..", "."),
            exit=Exit.UNREACHABLE,
            hint="Send it again with the same --id: it cannot be there twice."
            if id
            else "Give it an --id where it may be sent again.",
        ) from None


async def _once(where: Address, sessions: Sessions, post: Frame) -> Frame:
    async with visiting(where, sessions) as visit:
        listening = asyncio.create_task(visit.listen())
        asking = asyncio.create_task(visit.ask("post", **post))
        await asyncio.wait({listening, asking}, return_when=asyncio.FIRST_COMPLETED)
        listening.cancel()
        if not asking.done():
            asking.cancel()
        ended, answer = await asyncio.gather(listening, asking, return_exceptions=True)
        if isinstance(answer, dict):
            return answer
        if isinstance(ended, Failure):
            raise ended
        assert isinstance(answer, BaseException)
        raise (
            Cut("the connection was cut") if isinstance(answer, asyncio.CancelledError) else answer
        )
