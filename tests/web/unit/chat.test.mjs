import assert from "node:assert/strict"
import { test } from "node:test"
import "../../../web/js/core/api.js" // as after the first use of it
import "../../../web/js/core/news.js" // as after the first of it
import { Chat } from "../../../web/js/core/chat.js"
import { Drafts } from "../../../web/js/core/storage.js"
import { FakeClock, FakeServer, ana, memory, message, settled } from "./doubles.mjs"

/** Ana looks at the lobby. */
async function chatting() {
  const server = new FakeServer()
  server.answers = {
    subscribe: ({ room }) => ({ ok: true, room: { name: room }, messages: [], cursor: 0, complete: true, epoch: "e1" }),
  }
  const storage = memory()
  const chat = new Chat({ address: "", clock: new FakeClock(), storage, open: server.open })
  chat.refreshRooms = async () => {}
  chat.enter(ana)
  server.hello()
  await chat.look("lobby")
  await settled()
  return { chat, server, storage }
}

test("a ban without an end is a ban", async () => {
  const { chat, server } = await chatting()
  assert.equal(chat.room.refusal, null)

  server.say({ type: "removed", room: "lobby", kind: "ban", reason: "spam", by: "eve" })
  await settled()

  assert.deepEqual(chat.room.refusal, { code: "banned", message: "spam", by: "eve", until: undefined })
})

test("when a ban is over, whoever was looking is let in again, and the room is in their list", async () => {
  const { chat, server } = await chatting()
  chat.list.add({ name: "lobby", kind: "closed" })
  const { subscribe } = server.answers
  server.answers.subscribe = () => ({ ok: false, error: { code: "banned", message: "You are banned.", until: 1_790_000_060_000 } })
  server.say({ type: "removed", room: "lobby", kind: "ban", reason: "spam", by: "eve", until: 1_790_000_060_000 })
  await settled()
  assert.equal(chat.list.find("lobby"), undefined)
  await chat.look("lobby")
  assert.deepEqual(chat.room.refusal, { code: "banned", message: "spam", by: "eve", until: 1_790_000_060_000 })

  server.answers.subscribe = subscribe
  server.say({ type: "room", room: { name: "lobby", kind: "closed" } })
  await settled()

  assert.equal(chat.room.refusal, null)
  assert.equal(chat.list.find("lobby")?.name, "lobby")
})

test("who comes while banned is told until when", async () => {
  const { chat, server } = await chatting()
  server.answers.subscribe = () => ({ ok: false, error: { code: "banned", message: "You are banned: spam.", until: 1_790_000_060_000 } })

  await chat.look("attic")

  assert.deepEqual(chat.room.refusal, { code: "banned", message: "You are banned: spam.", until: 1_790_000_060_000 })
})

test("who looks for a room that is not there comes in when it is, a closed one after a ban or an invitation too", async () => {
  const { chat, server } = await chatting()
  const { subscribe } = server.answers
  server.answers.subscribe = () => ({ ok: false, error: { code: "not_found", message: "No such room." } })
  await chat.look("plans")
  assert.equal(chat.room.refusal.code, "not_found")

  server.answers.subscribe = subscribe
  server.say({ type: "room", room: { name: "plans", kind: "closed" } })
  await settled()

  assert.equal(chat.room.refusal, null)
})

test("a removal is no ban, even where it says until when", async () => {
  const { chat, server } = await chatting()

  server.say({ type: "removed", room: "lobby", kind: "kick", reason: "", by: "eve", until: 1_790_000_060_000 })
  await settled()

  assert.equal(chat.room.refusal.code, "removed")

  server.say({ type: "room", room: { name: "lobby", kind: "open" } })
  await settled()

  assert.equal(chat.room.refusal.code, "removed", "who was put out comes back when they ask")
})

test("what the server says before it hangs up closes no room", async () => {
  const { chat, server } = await chatting()

  server.say({ type: "removed", kind: "ban", reason: "spam", by: "eve", until: 1_790_000_060_000 })
  await settled()

  assert.equal(chat.room.refusal, null)
  assert.deepEqual(chat.farewell, { reason: "spam", by: "eve", until: 1_790_000_060_000 })
})

test("who was told of their ban until when asks no more, however soon the server hangs up", async (context) => {
  const { chat, server } = await chatting()
  const asked = context.mock.method(globalThis, "fetch", async () => Response.json({}, { status: 403 }))

  server.say({ type: "removed", kind: "ban", reason: "spam", by: "eve", until: 1_790_000_060_000 })
  server.hangUp(4502)
  await settled()
  await settled()

  assert.equal(asked.mock.callCount(), 0)
  assert.deepEqual(chat.farewell, { reason: "spam", by: "eve", until: 1_790_000_060_000 })
})

test("what somebody typed goes with them to their new name, live and while they were away", async () => {
  const { chat, server, storage } = await chatting()
  chat.drafts.set("lobby", { text: "half a sen" })
  server.answers = {}
  chat.post({ text: "on its way" })

  server.say({ type: "user", user: { ...ana, name: "anna" }, was: "ana" })
  await settled()
  server.hangUp(1006)
  const later = new Chat({ address: "", clock: new FakeClock(), storage, open: server.open })
  await later.start()
  assert.equal(later.me.name, "anna")
  server.hello({ user: { ...ana, name: "anne" } })
  await settled()

  for (const page of [later, new Chat({ address: "", clock: new FakeClock(), storage, open: server.open })]) {
    if (!page.me) await page.start()
    assert.equal(page.me.name, "anne")
    assert.equal(page.drafts.get("lobby").text, "half a sen")
    assert.deepEqual(page.outbox.of("lobby").map(({ text, failed }) => [text, failed]), [["on its way", undefined]])
  }
})

test("what was typed under both names is all there", async () => {
  const { chat, server, storage } = await chatting()
  new Drafts(storage, "anna").set("lobby", { text: "was here before" })
  chat.drafts.set("lobby", { text: "half a sen" })

  server.say({ type: "user", user: { ...ana, name: "anna" }, was: "ana" })
  await settled()

  assert.equal(chat.drafts.get("lobby").text, "was here before\nhalf a sen")
})

test("what was typed in a room goes with it to its new name", async () => {
  const { chat, server, storage } = await chatting()
  chat.drafts.set("lobby", { text: "half a sen" })
  server.answers = {}
  chat.post({ text: "on its way" })

  server.say({ type: "room", room: { name: "Lounge", kind: "open" }, was: "lobby" })
  await settled()

  assert.equal(chat.current, "lounge")
  assert.equal(new Drafts(storage, "ana").get("lounge").text, "half a sen")
  assert.equal(chat.drafts.has("lobby"), false)
  assert.deepEqual(chat.outbox.of("lounge").map(({ text }) => text), ["on its way"])
})

test("another account in the same browser sends nothing of the first", async () => {
  const { chat, server } = await chatting()
  server.answers = {}
  chat.post({ text: "of ana" })

  server.hello({ user: { id: 2, name: "ben", kind: "guest", role: "member" } })
  await settled()

  assert.equal(chat.outbox.size, 0)
})

test("what comes while nobody looks stands below a divider that stays there", async () => {
  const { chat, server } = await chatting()
  server.say(message(1))
  assert.equal(chat.reader.unreadAfter, null)
  chat.reader.read(1)
  chat.attend(false)

  server.say(message(2))
  server.say(message(3))

  assert.equal(chat.reader.unreadAfter, 1)
  chat.attend(true)
  server.say(message(4))
  assert.equal(chat.reader.unreadAfter, 1)
  chat.reader.markRead()
  assert.deepEqual([chat.reader.unreadAfter, chat.room.readSeq], [null, 4])
})

test("a divider above read messages goes down to what comes while nobody looks", async () => {
  const { chat, server } = await chatting()
  chat.attend(false)
  server.say(message(1))
  chat.attend(true)
  chat.reader.read(1)
  chat.attend(false)

  server.say(message(2, { user: ana }))
  server.say(message(3))

  assert.equal(chat.reader.unreadAfter, 2)
})

test("being called counts while nobody looks, until it is read", async () => {
  const { chat, server } = await chatting()
  chat.list.add({ name: "lobby" })
  server.say(message(1, { text: "@ana?" }))
  const mentions = () => chat.list.find("lobby").mentions ?? 0
  assert.equal(mentions(), 0)
  chat.attend(false)

  server.say(message(2, { text: "@ana!" }))
  server.say(message(3, { text: "anabel" }))

  assert.equal(mentions(), 1)
  chat.reader.markRead()
  assert.equal(mentions(), 0)
})

test("what a room has forgotten is shown no longer, and older pages are not asked for", async () => {
  const { chat, server } = await chatting()
  for (const seq of [1, 2, 3, 4]) server.say(message(seq))

  server.say({ type: "forgotten", room: "lobby", seq: 2 })
  await settled()

  assert.deepEqual(chat.room.messages.map(({ seq }) => seq), [3, 4])
  assert.equal(chat.room.message(2), undefined)
  assert.equal(chat.room.more, false)
  server.say(message(5))
  assert.deepEqual(chat.room.messages.map(({ seq }) => seq), [3, 4, 5])
})

test("a reader of messages that a room forgets is brought back to the newest", async () => {
  const { chat, server } = await chatting()
  for (const seq of [1, 2, 3]) server.say(message(seq))
  const { Run } = await import("../../../web/js/core/room.js")
  chat.room.aside = new Run([message(1)], false)

  server.say({ type: "forgotten", room: "lobby", seq: 2 })
  await settled()

  assert.equal(chat.room.aside, null)
  assert.deepEqual(chat.room.messages.map(({ seq }) => seq), [3])
})
