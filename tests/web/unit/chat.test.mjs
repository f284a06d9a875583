import assert from "node:assert/strict"
import { test } from "node:test"
import { Chat } from "../../../web/js/core/chat.js"
import { FakeClock, FakeServer, ana, memory, settled } from "./doubles.mjs"

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

  assert.deepEqual(chat.room.refusal, { code: "banned", message: "spam", by: "eve", until: undefined })
})

test("a removal is no ban, even where it says until when", async () => {
  const { chat, server } = await chatting()

  server.say({ type: "removed", room: "lobby", kind: "kick", reason: "", by: "eve", until: 1_790_000_060_000 })

  assert.equal(chat.room.refusal.code, "removed")
})

test("what the server says before it hangs up closes no room", async () => {
  const { chat, server } = await chatting()

  server.say({ type: "removed", kind: "ban", reason: "spam", by: "eve", until: 1_790_000_060_000 })

  assert.equal(chat.room.refusal, null)
  assert.deepEqual(chat.farewell, { reason: "spam", by: "eve", until: 1_790_000_060_000 })
})
