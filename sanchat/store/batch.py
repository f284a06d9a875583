"""Carries out one batch of changes in one transaction, on the journal's own connection.

A change that is refused is taken back alone; a failing disk takes back the whole batch.
"""

import logging
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sanchat.adoption import (
    AdoptActs,
    AdoptMemberships,
    AdoptMessages,
    AdoptRoom,
    AdoptUser,
    EnsureImportedUser,
    FinishRoom,
)
from sanchat.changes import (
    Announce,
    Appended,
    ArchiveRoom,
    Change,
    Changed,
    CreateRoom,
    Delete,
    DeleteRoom,
    Edit,
    Erase,
    Erased,
    Forget,
    Import,
    KeepOut,
    Leave,
    LiftBan,
    Post,
    React,
    Read,
    RecordResult,
    RenameRoom,
    RenameUser,
    RestoreRoom,
    SetNotify,
    SetRoom,
    Subscribe,
    Sweep,
    Tidy,
)
from sanchat.clock import Clock
from sanchat.errors import ChatError, Internal, Unavailable
from sanchat.identity import ComeInAsGuest, SeeSession, SignInGuest, SignOut
from sanchat.measures import (
    AddMember,
    BeginErasure,
    EraseFurther,
    OpenDirect,
    RemoveMember,
    SetRole,
)
from sanchat.store.accounts import Accounts
from sanchat.store.acts import Acts
from sanchat.store.adopting import Adopting
from sanchat.store.attention import Attention
from sanchat.store.erasing import erase_further
from sanchat.store.forgetting import forget
from sanchat.store.invitations import Invitations
from sanchat.store.members import Members
from sanchat.store.people import People
from sanchat.store.posting import Posting
from sanchat.store.removals import Removals
from sanchat.store.seats import Seats
from sanchat.store.sweeping import sweep
from sanchat.store.tokens import Tokens

log = logging.getLogger("sanchat.store")

_POSTS = (Post, Import)
_NUMBERED = (Edit, Delete, React, Erase, EraseFurther)

# What changes neither rooms nor rights.
_HARMLESS = (*_NUMBERED, Read, SeeSession, SetNotify, Sweep, Forget)


def append(seats: Seats, batch: Sequence[Change], clock: Clock) -> Appended:
    """One transaction for the batch, synced to disk on return; Unavailable takes all of it back."""
    connection = seats.connection
    try:
        connection.execute("begin immediate")
        posting, acts, answers = _carry_out(seats, batch, clock())
        connection.execute("commit")
    except sqlite3.OperationalError as error:
        seats.forget()
        if connection.in_transaction:
            connection.execute("rollback")
        log.warning("nothing of %d changes was stored: %s", len(batch), error)
        raise Unavailable("The server cannot store anything at the moment.") from error
    except BaseException:
        seats.forget()
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    return Appended(answers, posting.committed, acts.written)


def _carry_out(
    seats: Seats, batch: Sequence[Change], now_ms: int
) -> tuple[Posting, Acts, list[Any]]:
    connection = seats.connection
    seats.begin(now_ms)
    posting = Posting(seats, now_ms)
    acts = Acts(connection, now_ms)
    verbs: dict[type[Change], Callable[[Any], Any]] = {}  # none, where there are only posts
    answers: list[Any] = []
    run: list[Post | Import] = []
    for change in batch:
        if isinstance(change, _POSTS):
            run.append(change)
            continue
        if run:
            answers += posting.post_all(run)
            run = []
        verbs = verbs or _verbs(connection, now_ms, posting, acts)
        if isinstance(change, _HARMLESS):
            answers.append(_alone(connection, posting, verbs[type(change)], change))
            continue
        seats.write_numbers()
        answers.append(_alone(connection, posting, verbs[type(change)], change))
        seats.forget()
    if run:
        answers += posting.post_all(run)
    seats.write_numbers()
    return posting, acts, answers


def _alone(
    connection: sqlite3.Connection, posting: Posting, verb: Callable[[Any], Any], change: Change
) -> Any:
    connection.execute("savepoint change")
    mark = posting.mark()
    try:
        answer = verb(change)
    except ChatError as refusal:
        connection.execute("rollback to change")
        posting.take_back(mark)
        answer = refusal
    except sqlite3.OperationalError:
        raise
    except Exception:
        connection.execute("rollback to change")
        posting.take_back(mark)
        incident = secrets.token_hex(4)
        log.exception("incident %s: %s failed", incident, type(change).__name__)
        answer = Internal(incident)
    connection.execute("release change")
    return answer


def _verbs(
    connection: sqlite3.Connection, now_ms: int, posting: Posting, acts: Acts
) -> dict[type[Change], Callable[[Any], Any]]:
    people = People(connection, now_ms)
    invitations = Invitations(connection, now_ms, people, acts)
    accounts = Accounts(connection, now_ms, people, acts, invitations)
    tokens = Tokens(connection, people, acts, accounts)
    attention = Attention(connection, now_ms)
    removals = Removals(connection, acts, now_ms)
    members = Members(connection, acts, now_ms)
    adopting = Adopting(connection, acts)

    def delete(change: Delete) -> Changed:
        changed, author_id = posting.delete(change)
        removals.deleted(change, author_id)
        return changed

    return {
        Edit: posting.edit,
        Delete: delete,
        React: posting.react,
        Subscribe: people.subscribe,
        Leave: people.leave,
        Read: attention.read,
        SetNotify: attention.set_notify,
        SignInGuest: people.sign_in_guest,
        ComeInAsGuest: people.come_in_as_guest,
        SignOut: people.sign_out,
        SeeSession: people.see_session,
        EnsureImportedUser: people.ensure_imported_user,
        Tidy: people.tidy,
        Sweep: partial(sweep, connection),
        Forget: partial(forget, connection, now_ms),
        CreateRoom: acts.create_room,
        RenameRoom: acts.rename_room,
        SetRoom: acts.set_room,
        ArchiveRoom: acts.archive_room,
        RestoreRoom: acts.restore_room,
        DeleteRoom: acts.delete_room,
        KeepOut: removals.keep_out,
        LiftBan: removals.lift_ban,
        BeginErasure: removals.begin_erasure,
        EraseFurther: partial(erase_further, connection, posting),
        AddMember: members.add,
        RemoveMember: members.remove,
        SetRole: members.set_role,
        OpenDirect: members.open_direct,
        RecordResult: acts.record_result,
        RenameUser: acts.rename_user,
        Announce: acts.announce,
        Erase: lambda change: Erased(count=posting.erase(change), act=removals.erased(change)),
        AdoptUser: adopting.user,
        AdoptRoom: adopting.room,
        AdoptMessages: adopting.messages,
        AdoptMemberships: adopting.memberships,
        AdoptActs: adopting.acts,
        FinishRoom: adopting.finish,
        **accounts.verbs(),
        **invitations.verbs(),
        **tokens.verbs(),
    }
