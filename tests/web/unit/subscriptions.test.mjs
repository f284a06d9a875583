import assert from "node:assert/strict"
import { test } from "node:test"
import { Pager } from "../../../web/js/core/paging.js"
import { Socket } from "../../../web/js/core/socket.js"
import { MISSED_LIMIT, OPENED, Subscriptions } from "../../../web/js/core/subscriptions.js"
import { FakeClock, FakeServer, message, messages, settled } from "./doubles.mjs"

/** A server that holds one log and answers as the protocol says. */
function chatting(log) {
  const server = new FakeServer()
  const clock = new FakeClock()
  const socket = new Socket({ address: "", clock, random: () => 0, open: server.open })
  const subscriptions = new Subscriptions({ socket, clock, changed: () => {} })
  const pager = new Pager({ socket, changed: () => {} })
  const asked = []
  const last = () => Math.max(0, ...log.map((each) => each.changed_seq))
  server.answers = {
    subscribe(frame) {
      asked.push(frame)
      if (frame.after === undefined) return { ok: true, room: { name: frame.room }, messages: log.slice(-frame.limit), cursor: last(), complete: true, epoch: "e1" }
      const missed = log.filter((each) => each.changed_seq > frame.after)
      const page = missed.slice(0, 500)
      const complete = page.length === missed.length
      return { ok: true, room: { name: frame.room }, messages: page, cursor: complete ? last() : page[page.length - 1].changed_seq, complete, epoch: "e1" }
    },
    history({ before, limit }) {
      const older = log.filter((each) => each.seq < before)
      return { ok: true, messages: older.slice(-limit), more: older.length > limit }
    },
  }
  socket.start()
  server.hello()
  return { server, clock, socket, subscriptions, pager, asked, log }
}

test("a room opens with its newest fifty messages", async () => {
  const { subscriptions, asked } = chatting(messages(1, 120))

  const room = await subscriptions.open("lobby")

  assert.equal(room.messages.length, 50)
  assert.equal(room.cursor, 120)
  assert.equal(asked[0].limit, 50)
})

test("after a lost connection the page asks from its cursor and misses nothing", async () => {
  const { server, clock, subscriptions, asked, log } = chatting(messages(1, 60))
  const room = await subscriptions.open("lobby")
  server.hangUp(1006)
  log.push(...messages(61, 70))
  await clock.advance(1_000)
  server.hello()

  await subscriptions.resume(new Map([["lobby", 70]]))

  assert.deepEqual(room.messages.map((each) => each.seq), messages(11, 70).map((each) => each.seq))
  assert.deepEqual([asked[1].after, asked[1].epoch], [60, "e1"])
})

test("a long absence is caught up page by page", async () => {
  const { subscriptions, asked, log } = chatting(messages(1, 60))
  const room = await subscriptions.open("lobby")
  log.push(...messages(61, 60 + MISSED_LIMIT))

  await subscriptions.resume(new Map([["lobby", 60 + MISSED_LIMIT]]))

  assert.equal(room.cursor, 60 + MISSED_LIMIT)
  assert.equal(room.messages.length, 50 + MISSED_LIMIT)
  assert.equal(room.skippedAfter, null)
  assert.deepEqual(asked.map((frame) => frame.after), [undefined, 60, 560])
})

test("more than a thousand missed changes show the newest page and say so", async () => {
  const { subscriptions, asked, log } = chatting(messages(1, 60))
  const room = await subscriptions.open("lobby")
  log.push(...messages(61, 61 + MISSED_LIMIT))

  await subscriptions.resume(new Map([["lobby", 61 + MISSED_LIMIT]]))

  assert.equal(room.messages.length, 50)
  assert.equal(room.skippedAfter, 60)
  assert.deepEqual(asked.map((frame) => frame.after), [undefined, undefined])
})

test("a hole in the live events is repaired from the cursor", async () => {
  const { subscriptions, log } = chatting(messages(1, 5))
  const room = await subscriptions.open("lobby")
  log.push(...messages(6, 9))

  assert.equal(subscriptions.hear(message(9)), null)
  await settled()

  assert.deepEqual(room.messages.map((each) => each.seq), [1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test("older pages come one request at a time until the beginning", async () => {
  const { server, subscriptions, pager } = chatting(messages(1, 120))
  const room = await subscriptions.open("lobby")

  await Promise.all([pager.loadOlder(room), pager.loadOlder(room)])
  assert.equal(server.last.sent.filter((frame) => frame.type === "history").length, 1)
  await pager.loadOlder(room)
  await pager.loadOlder(room)

  assert.equal(room.messages.length, 120)
  assert.equal(room.more, false)
  assert.equal(server.last.sent.filter((frame) => frame.type === "history").length, 2)
})

test("a page that could not be loaded says so and can be asked for again", async () => {
  const { server, subscriptions, pager } = chatting(messages(1, 120))
  const room = await subscriptions.open("lobby")
  const { history } = server.answers
  server.answers.history = () => ({ ok: false, error: { code: "unavailable", message: "Busy." } })
  await pager.loadOlder(room)
  assert.equal(room.history, "failed")

  server.answers.history = history
  await pager.loadOlder(room)

  assert.equal(room.messages.length, 100)
})

test("a room that is not there is refused with its reason", async () => {
  const { server, subscriptions } = chatting([])
  server.answers.subscribe = () => ({ ok: false, error: { code: "not_found", message: "No such room." } })

  const room = await subscriptions.open("attic")

  assert.equal(room.refusal.code, "not_found")
})

test("the rooms heard at once have a bound", async () => {
  const { server, subscriptions } = chatting([])

  for (let count = 0; count <= OPENED; count += 1) await subscriptions.open(`room-${count}`)

  assert.equal(subscriptions.rooms.size, OPENED)
  assert.deepEqual(server.last.sent.filter((frame) => frame.type === "unsubscribe").map((frame) => frame.room), ["room-0"])
})
