"""The wire without I/O: bytes to commands, replies and events to bytes, pages that fit a frame."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from sanchat import protocol
from sanchat.errors import ChatError, RateLimited
from sanchat.models import Author, Message

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def message(seq: int, text: str | None = "hi", **fields) -> Message:
    return Message(
        room="lobby",
        seq=seq,
        changed_seq=fields.pop("changed_seq", seq),
        sent_at=1_790_000_000_000,
        user=Author(7, "ana"),
        text=text,
        **fields,
    )


REFUSALS = ("bad_frame", "unknown_command")


def outcome(frame: str | bytes) -> protocol.Command | str:
    """The command, or the code of its refusal."""
    try:
        return protocol.parse_command(frame)
    except protocol.FrameRefused as refused:
        return refused.error.code


def refusal(frame: str | bytes) -> protocol.FrameRefused:
    with pytest.raises(protocol.FrameRefused) as refused:
        protocol.parse_command(frame)
    return refused.value


def test_a_command_is_what_its_type_says():
    command = protocol.parse_command('{"type":"react","room":"r","seq":3,"emoji":"👍","on":false}')

    assert command == protocol.React(room="r", seq=3, emoji="👍", on=False)


def test_optional_fields_are_none_where_they_are_missing():
    command = protocol.parse_command('{"type":"subscribe","room":"r"}')

    assert (command.ref, command.after, command.epoch, command.limit) == (None, None, None, None)


def test_a_refusal_repeats_the_mark_where_it_can_be_read():
    assert refusal('{"type":"read","ref":"a","room":"r"}').ref == "a"
    assert refusal('{"type":"read","ref":[1],"room":"r"}').ref is None
    assert refusal('{"type":"dance","ref":5}').ref == 5


def test_a_refusal_says_which_field_is_wrong():
    assert "`room`" in str(refusal('{"type":"subscribe","ref":1}'))
    assert "seq" in str(refusal('{"type":"read","room":"r","seq":"1"}'))


def test_a_refusal_does_not_repeat_what_it_was_sent():
    assert "<script>" not in str(refusal('{"type":"<script>"}'))
    assert "<script>" not in str(refusal('{"type":"read","room":"r","seq":"<script>"}'))


@given(ANYTHING.map(lambda value: json.dumps(value)))
def test_any_json_is_a_command_or_refused(text):
    assert isinstance(outcome(text), protocol.Command) or outcome(text) in REFUSALS


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_or_refused(data):
    assert isinstance(outcome(data), protocol.Command) or outcome(data) in REFUSALS


@given(
    st.sampled_from(sorted(c.__struct_config__.tag for c in protocol.COMMANDS)),
    st.dictionaries(
        st.sampled_from(["ref", "room", "text", "seq", "after", "limit", "emoji", "on", "before"]),
        ANYTHING,
    ),
)
def test_any_fields_of_a_command_are_taken_or_refused(kind, fields):
    found = outcome(json.dumps({"type": kind} | fields))

    assert found == "bad_frame" or found.ref == fields.get("ref")


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_frames_are_those_of_the_websockets_library(length):
    payload = b"x" * length

    assert protocol.frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


def test_an_event_carries_the_message_as_it_is_now():
    shown = json.loads(protocol.encode(message(17, reply_to=12, client_message_id="c-1")))

    assert shown == {
        "type": "message",
        "room": "lobby",
        "seq": 17,
        "changed_seq": 17,
        "sent_at": 1_790_000_000_000,
        "user": {"id": 7, "name": "ana"},
        "text": "hi",
        "client_message_id": "c-1",
        "reply_to": 12,
    }


def test_a_deleted_message_has_no_text_at_all():
    shown = json.loads(protocol.encode(message(17, None, changed_seq=18, deleted_at=5)))

    assert "text" not in shown
    assert shown["deleted_at"] == 5


def test_an_error_says_when_to_try_again():
    reply = json.loads(protocol.encode_error(9, RateLimited(800)))

    assert reply == {
        "type": "reply",
        "ref": 9,
        "ok": False,
        "error": {
            "code": "rate_limited",
            "message": "Slow down. You can send again in 0.8 s.",
            "temporary": True,
            "retry_after_ms": 800,
        },
    }


def test_every_error_has_a_code_of_its_own():
    codes = [error.code for error in ChatError.__subclasses__()]

    assert len(set(codes)) == len(codes)


def test_what_fits_into_a_page_is_kept_whole():
    page = protocol.fit_page([message(seq) for seq in range(1, 201)])

    assert page.whole
    assert [kept.seq for kept in page.kept] == list(range(1, 201))


@pytest.mark.parametrize("newest", [True, False])
def test_a_page_that_is_too_large_is_cut_at_its_far_end(newest):
    large = [message(seq, "👍" * 4_000) for seq in range(1, 101)]

    page = protocol.fit_page(large, newest=newest)

    seqs = [kept.seq for kept in page.kept]
    assert not page.whole
    assert 1 < len(seqs) < 100
    assert seqs == (list(range(101 - len(seqs), 101)) if newest else list(range(1, len(seqs) + 1)))
    encoded = [json.loads(bytes(raw))["seq"] for raw in page.messages]
    assert encoded == seqs
    assert sum(len(bytes(raw)) for raw in page.messages) < protocol.SERVER_FRAME_BYTES


def test_an_empty_page_is_whole():
    assert protocol.fit_page([]).whole


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (message(1), b"ana: hi"),
        (message(1, "waves", kind="action"), b"* ana waves"),
        (message(1, None, deleted_at=1), b"ana: [deleted]"),
    ],
)
def test_the_plain_door_shows_a_line(shown, line):
    assert protocol.encode_plain(shown) == line


def test_close_codes_advise_whether_to_come_back():
    come_back = {code for code in protocol.Close if 4000 <= code < 4500}
    stay_away = {code for code in protocol.Close if 4500 <= code < 5000}

    assert come_back == {protocol.Close.TOO_SLOW, protocol.Close.HEARTBEAT_MISSED}
    assert sorted(stay_away) == [4501, 4502, 4503, 4504, 4505, 4506]
