"""Who may do what: pure functions over records, asked where a change is numbered."""

from collections.abc import Collection, Sequence

from sanchat.credentials import Grant
from sanchat.errors import Archived, BadFrame, Banned, ChatError, Forbidden, Kicked, Muted
from sanchat.models import (
    ADMINS,
    DIRECT,
    MEMBERS,
    MODERATORS,
    MODERATORS_ALONE,
    OPEN,
    SINCE_JOIN,
    Ban,
    Permissions,
    Room,
    Standing,
    User,
)

KICK_SECONDS = 60


def may_see(room_kind: str, membership_role: str | None) -> bool:
    """Whether a room exists at all for somebody with this place in it (None: no member)."""
    return room_kind == OPEN or membership_role is not None


def may_moderate(user: User, membership_role: str | None) -> bool:
    return user.role in MODERATORS or membership_role in MODERATORS


def may_set(user: User, membership_role: str | None) -> bool:
    """Whether the rules of a room are theirs to make."""
    return user.role in ADMINS or membership_role in ADMINS


def outranks(user: User, other: User) -> bool:
    """Whether the user's role on the server is above the other's; an owner's is above all."""
    return user.role == "owner" or RANK[user.role] > RANK[other.role]


def may_give(role: str, given: str) -> bool:
    """Whether somebody of this role may make others this: nobody raises others above themselves."""
    return role in MODERATORS and RANK[given] <= RANK[role]


def require(grant: Grant | None, scope: str) -> None:
    """Forbidden where a bot's token is not for this."""
    if grant is not None and scope not in grant.scopes:
        raise Forbidden(f"This token is not for it: it lacks the scope `{scope}`.")


def may_read(grant: Grant | None, room_id: int) -> bool:
    """Whether a session with this grant may hear of the room; without one it may."""
    if grant is None:
        return True
    return "read" in grant.scopes and (grant.room_ids is None or room_id in grant.room_ids)


def may_create_rooms(user: User, *, is_public: bool) -> bool:
    """Everybody on a private network; accounts alone once the server has a public address."""
    return not is_public or user.kind in ("member", "bot")


def refusal_to_enter(bans: Sequence[Ban], room_id: int | None, now_ms: int) -> ChatError | None:
    """Why somebody with these bans may not come in (`room_id` None: to the server)."""
    for ban in bans:
        if ban.kind == "mute" or (ban.room_id is not None and ban.room_id != room_id):
            continue
        if ban.until is not None and ban.until <= now_ms:
            continue
        if ban.kind == "kick" and ban.until is not None:
            return Kicked(
                "You were removed" + _because(ban) + " You may come back in a minute.",
                retry_after_ms=ban.until - now_ms,
            )
        return Banned("You are banned" + _because(ban), **_until(ban))
    return None


def refusal_to_write(
    bans: Sequence[Ban], room_id: int, archived_at: int | None, now_ms: int
) -> ChatError | None:
    """Why somebody who may come in may not write in a room."""
    if archived_at is not None:
        return Archived("The room is archived: it can be read, but not written in.")
    return refusal_to_enter(bans, room_id, now_ms) or refusal_to_speak(bans, room_id, now_ms)


def refusal_to_speak(bans: Sequence[Ban], room_id: int | None, now_ms: int) -> ChatError | None:
    """Why somebody may read but say nothing in a room (`room_id` None: anywhere)."""
    for ban in bans:
        if (
            ban.kind == "mute"
            and ban.room_id in (None, room_id)
            and (ban.until is None or ban.until > now_ms)
        ):
            return Muted("You cannot write here for now" + _because(ban), **_until(ban))
    return None


def refusal_to_post(posting: str, user: User, membership_role: str | None) -> ChatError | None:
    """Why somebody who may write in a room may post no messages there: it takes some people's."""
    if posting == MODERATORS_ALONE and not may_moderate(user, membership_role):
        return Forbidden("Only moderators may post here.")
    if posting == MEMBERS and membership_role is None and not user.is_moderator:
        return Forbidden("Only members may post here.")
    return None


def permissions(standing: Standing, now_ms: int) -> Permissions:
    """What somebody may do in a room, all at once: what a client offers them."""
    user, room, role = standing.user, standing.room, standing.role
    to_write = refusal_to_write(standing.bans, room.id, room.archived_at, now_ms)
    to_post = to_write or refusal_to_post(room.posting, user, role)
    return Permissions(
        role=role or "member",
        may_post=to_post is None,
        may_react=to_write is None,
        # What one has said can be taken back while one may not speak.
        may_delete=to_write is None or to_write.code == Muted.code,
        may_moderate=may_moderate(user, role),
        may_set=may_set(user, role),
        slow_mode_s=0 if user.is_moderator else room.slow_mode_s,
        refusal=to_post.payload() if to_post is not None else None,
    )


def hidden_seq(room: Room, user: User, membership_role: str | None, joined_seq: int) -> int:
    """The number up to which a room's messages are kept from somebody; 0 where they see all.

    Forbidden where they see none, since they have not joined.
    """
    if room.history != SINCE_JOIN or may_moderate(user, membership_role):
        return 0
    if membership_role is None:
        raise Forbidden("Here everybody reads what was said since they joined. Join first.")
    return joined_seq


def refusal_to_change(
    user: User, membership_role: str | None, author_id: int, verb: str
) -> ChatError | None:
    """Why somebody may not edit or delete a message: authors and moderators may."""
    if author_id == user.id or (verb == "delete" and may_moderate(user, membership_role)):
        return None
    return Forbidden(f"You can {verb} your own messages only.")


def _because(ban: Ban) -> str:
    return f": {ban.reason.rstrip('.')}." if ban.reason else "."


def _until(ban: Ban) -> dict[str, int]:
    return {} if ban.until is None else {"until": ban.until}


# Those who keep order

RANK = {"member": 0, "moderator": 1, "admin": 2, "owner": 3}


def rank(user: User, membership_role: str | None = None) -> int:
    """How high somebody stands: by their role on the server or in the room, whichever is higher."""
    return max(RANK[user.role], RANK[membership_role or "member"])


def refusal_to_keep_order(room: Room | None, own_rank: int, least: str) -> ChatError | None:
    """Why somebody of this rank may not do what takes at least that role, here or anywhere."""
    if room is not None and room.kind == DIRECT:
        return Forbidden("A direct room belongs to its people alone.")
    if own_rank < RANK[least]:
        return Forbidden(f"Only {_PLURALS[least]} may do this.")
    return None


def refusal_to_act_on(
    actor: User, actor_rank: int, target: User, target_rank: int
) -> ChatError | None:
    """Why somebody may not act on another: only those who stand lower can be acted on."""
    if actor.id == target.id:
        return Forbidden("You cannot do this to yourself.")
    if target_rank >= actor_rank:
        return Forbidden(f"{target.name} stands too high for that.")
    return None


def refusal_to_grant(actor_rank: int, role: str) -> ChatError | None:
    """Why somebody may not give a role in a room: it has to be below their own, owners apart."""
    if role not in RANK:
        return BadFrame(f"A role is one of {', '.join(RANK)}.")
    if RANK[role] >= actor_rank and actor_rank < RANK["owner"]:
        return Forbidden("You may give only roles below your own.")
    return None


def least_role_to_set(fields: Collection[str]) -> str:
    """The role it takes to change these of a room: words of the day and haste, or its rules."""
    return "moderator" if set(fields) <= {"topic", "slow_mode_s"} else "admin"


_PLURALS = {"moderator": "moderators", "admin": "administrators", "owner": "owners"}
