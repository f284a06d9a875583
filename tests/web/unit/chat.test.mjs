import assert from "node:assert/strict"
import { test } from "node:test"
import "../../../web/js/core/news.js" // as late.js does
import { Chat } from "../../../web/js/core/chat.js"
import { FakeClock, FakeServer, ana, memory, message, settled } from "./doubles.mjs"

/** Ana looks at the lobby. */
async function chatting() {
  const server = new FakeServer()
  server.answers = {
    subscribe: ({ room }) => ({ ok: true, room: { name: room }, messages: [], cursor: 0, complete: true, epoch: "e1" }),
  }
  const chat = new Chat({ address: "", clock: new FakeClock(), storage: memory(), open: server.open })
  chat.refreshRooms = async () => {}
  chat.enter(ana)
  server.hello()
  await chat.look("lobby")
  await settled()
  return { chat, server }
}

test("a ban without an end is a ban", async () => {
  const { chat, server } = await chatting()
  assert.equal(chat.room.refusal, null)

  server.say({ type: "removed", room: "lobby", kind: "ban", reason: "spam", by: "eve" })
  await settled()

  assert.deepEqual(chat.room.refusal, { code: "banned", message: "spam", by: "eve", until: undefined })
})

test("a removal is no ban, even where it says until when", async () => {
  const { chat, server } = await chatting()

  server.say({ type: "removed", room: "lobby", kind: "kick", reason: "", by: "eve", until: 1_790_000_060_000 })
  await settled()

  assert.equal(chat.room.refusal.code, "removed")
})

test("what the server says before it hangs up closes no room", async () => {
  const { chat, server } = await chatting()

  server.say({ type: "removed", kind: "ban", reason: "spam", by: "eve", until: 1_790_000_060_000 })
  await settled()

  assert.equal(chat.room.refusal, null)
  assert.deepEqual(chat.farewell, { reason: "spam", by: "eve", until: 1_790_000_060_000 })
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
