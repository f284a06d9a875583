import assert from "node:assert/strict"
import { test } from "node:test"
import { HELD, Room } from "../../../web/js/core/room.js"
import { hearPresence } from "../../../web/js/core/store.js"
import { ana, ben, message, messages } from "./doubles.mjs"

function lobby(held = messages(1, 5)) {
  const room = new Room({ name: "lobby" })
  const cursor = Math.max(0, ...held.map((each) => each.changed_seq))
  room.catchUp({ messages: held, cursor, complete: true, epoch: "e1" }, { fresh: true })
  return room
}

const seqs = (room) => room.messages.map((each) => each.seq)

test("messages stand in the server's order however they arrive", () => {
  const room = new Room({ name: "lobby" })

  for (const seq of [3, 1, 2, 5, 4]) room.apply(message(seq))

  assert.deepEqual(seqs(room), [1, 2, 3, 4, 5])
})

test("a message that arrives twice is there once", () => {
  const room = lobby()

  assert.equal(room.apply(message(5)), false)

  assert.deepEqual(seqs(room), [1, 2, 3, 4, 5])
})

test("an edit replaces the message at its place", () => {
  const room = lobby()

  assert.equal(room.hear(message(2, { changed_seq: 6, text: "better" })), "applied")

  assert.deepEqual(seqs(room), [1, 2, 3, 4, 5])
  assert.equal(room.message(2).text, "better")
  assert.equal(room.cursor, 6)
})

test("an older state of a message does not undo a newer one", () => {
  const room = lobby()
  room.hear(message(2, { changed_seq: 6, text: "better" }))

  room.apply(message(2))

  assert.equal(room.message(2).text, "better")
})

test("a number that jumps is a hole and moves nothing", () => {
  const room = lobby()

  assert.equal(room.hear(message(7)), "hole")

  assert.equal(room.cursor, 5)
  assert.deepEqual(seqs(room), [1, 2, 3, 4, 5])
})

test("an event from before the cursor is known already", () => {
  const room = lobby()

  assert.equal(room.hear(message(4)), "known")

  assert.equal(room.cursor, 5)
})

test("a replay after a hole brings what was missed, once", () => {
  const room = lobby()

  room.catchUp({ messages: [message(3, { changed_seq: 6 }), message(7), message(8)], cursor: 8, complete: true }, { fresh: false })

  assert.deepEqual(seqs(room), [1, 2, 3, 4, 5, 7, 8])
  assert.equal(room.cursor, 8)
})

test("a reset drops what was held", () => {
  const room = lobby()

  room.catchUp({ messages: messages(1, 2), cursor: 2, complete: true, reset: true, epoch: "e2" }, { fresh: false })

  assert.deepEqual(seqs(room), [1, 2])
  assert.equal(room.epoch, "e2")
  assert.equal(room.cursor, 2)
})

test("an old message that changes does not appear above messages that are not held", () => {
  const room = lobby(messages(51, 100))

  assert.equal(room.hear(message(3, { changed_seq: 101 })), "applied")

  assert.equal(room.oldestSeq, 51)
  assert.equal(room.cursor, 101)
})

test("a room whose first message is held has nothing above it", () => {
  assert.equal(lobby(messages(1, 3)).more, false)
})

test("a page holds at most ten thousand messages and lets go of the oldest", () => {
  const room = lobby(messages(1, HELD))
  room.trim()
  assert.equal(room.messages.length, HELD)

  room.hear(message(HELD + 1))
  room.trim()

  assert.equal(room.messages.length, HELD)
  assert.equal(room.oldestSeq, 2)
  assert.equal(room.message(1), undefined)
  assert.equal(room.more, true)
})

test("people who come are online and people who go are not", () => {
  const room = lobby()

  hearPresence(room, { online: 2, joined: [ana, ben] })
  hearPresence(room, { online: 1, left: [ben] })

  assert.equal(room.online, 1)
  assert.equal(room.memberCount, 2)
  assert.equal(room.members.get(ana.id).online, true)
  assert.equal(room.members.get(ben.id).online, false)
})

test("a connection that flaps does not fill the log", () => {
  const room = lobby()

  for (let turn = 0; turn < 10; turn += 1) room.note(turn % 2 ? "disconnected" : "connected", null, turn)

  assert.equal(room.notes.length, 4)
  assert.equal(room.notes[3].at, 9)
})

test("a random history of events ends in the same room as the server's log", () => {
  let seed = 7
  const random = (below) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below
  const server = new Map()
  const room = lobby([])
  for (let changed = 1; changed <= 500; changed += 1) {
    const known = [...server.keys()]
    const seq = known.length && random(3) === 0 ? known[random(known.length)] : changed
    const event = message(seq, { changed_seq: changed, text: `state ${changed}` })
    server.set(seq, event)
    if (random(10) === 0) continue
    const outcome = room.hear(event)
    if (random(5) === 0) room.hear(event)
    if (outcome !== "hole") continue
    const missed = [...server.values()].filter((each) => each.changed_seq > room.cursor).sort((a, b) => a.changed_seq - b.changed_seq)
    room.catchUp({ messages: missed, cursor: changed, complete: true }, { fresh: false })
  }

  const missed = [...server.values()].filter((each) => each.changed_seq > room.cursor)
  room.catchUp({ messages: missed, cursor: 500, complete: true }, { fresh: false })

  assert.deepEqual(room.messages, [...server.values()].sort((a, b) => a.seq - b.seq))
})
