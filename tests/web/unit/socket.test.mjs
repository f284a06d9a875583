import assert from "node:assert/strict"
import { test } from "node:test"
import { adviceFor, ConnectionLost, PING_TIMEOUT_MS, Refused, HANGS_MS, RETRY_CEILING_MS, RETRY_FLOOR_MS, retryDelay, SILENCE_MS, Socket, STEADY_MS, TRY_NOW_GAP_MS } from "../../../web/js/core/socket.js"
import { FakeClock, FakeServer, settled } from "./doubles.mjs"

function connected({ random = () => 0.5 } = {}) {
  const server = new FakeServer()
  const clock = new FakeClock()
  const socket = new Socket({ address: "ws://chat.test/ws", clock, random, open: server.open })
  socket.start()
  return { server, clock, socket }
}

function live(options) {
  const parts = connected(options)
  parts.server.hello()
  parts.socket.settle()
  return parts
}

test("the wait before coming back is random within bounds that double up to thirty seconds", () => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const ceiling = Math.min(RETRY_CEILING_MS, 1_000 * 2 ** attempt)
    assert.equal(retryDelay(attempt, () => 0), RETRY_FLOOR_MS)
    const longest = retryDelay(attempt, () => 1 - Number.EPSILON)
    assert.ok(longest <= ceiling && longest > ceiling - 1, `${longest} for attempt ${attempt}`)
  }
})

test("close codes say whether to come back", () => {
  for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4000, 4001, 4002, 4499]) assert.equal(adviceFor(code).returns, true, code)
  for (const code of [1000, 1003, 1007, 1009, 4500, 4501, 4502, 4503, 4504, 4505, 4506, 4999]) assert.equal(adviceFor(code).returns, false, code)
})

test("a connection goes from connecting over catching up to live", () => {
  const { server, socket } = connected()
  const states = [socket.state]
  socket.on("state", (state) => states.push(state))

  server.hello()
  socket.settle()

  assert.deepEqual(states, ["connecting", "catching-up", "live"])
})

test("a lost connection comes back after the delay", async () => {
  const { server, clock, socket } = live()

  server.hangUp(1006)

  assert.equal(socket.state, "reconnecting")
  await clock.advance(624)
  assert.equal(server.connections.length, 1)
  await clock.advance(1)
  assert.equal(server.connections.length, 2)
})

test("the delay starts over only after thirty steady seconds", async () => {
  const { server, clock, socket } = live()
  server.hangUp(1006)
  await clock.advance(RETRY_CEILING_MS)
  server.hello()
  socket.settle()
  assert.equal(socket.attempt, 1)

  await clock.advance(STEADY_MS)

  assert.equal(socket.attempt, 0)
})

test("a refusal does not come back by itself", async () => {
  const { server, clock, socket } = live()

  server.hangUp(4501, "Enough.")

  assert.deepEqual(socket.refusal, { reason: "kicked", text: "Enough." })
  await clock.advance(10 * RETRY_CEILING_MS)
  assert.equal(server.connections.length, 1)
})

test("trying now happens at most once a second", async () => {
  const { server, clock, socket } = live()
  await clock.advance(5_000)
  server.hangUp(1006)

  socket.tryNow()
  server.hangUp(1006)
  socket.tryNow()

  assert.equal(server.connections.length, 2)
})

test("who wants to try too soon is not kept waiting longer than that second", async () => {
  const { server, clock, socket } = live()
  server.hangUp(1006)
  await clock.advance(clock.nextIn)
  server.hangUp(1006)
  await clock.advance(clock.nextIn)
  server.hangUp(1006)
  await clock.advance(100)

  socket.setOnline(true)

  assert.equal(socket.retryAt, clock.now() + TRY_NOW_GAP_MS - 100)
  await clock.advance(TRY_NOW_GAP_MS - 101)
  assert.equal(server.connections.length, 3)
  await clock.advance(1)
  assert.equal(server.connections.length, 4)
})

test("who wants to try while a try fails gets another one that second", async () => {
  const { server, clock, socket } = live()
  server.hangUp(1006)
  await clock.advance(clock.nextIn)
  assert.equal(server.connections.length, 2)
  socket.tryNow()

  server.hangUp(1006)
  await clock.advance(TRY_NOW_GAP_MS)

  assert.equal(server.connections.length, 3)
})

test("what was wanted before the connection was there hastens no later return", async () => {
  const { server, clock, socket } = live()
  server.hangUp(1006)
  await clock.advance(clock.nextIn)
  socket.tryNow()
  server.hello()
  socket.settle()
  await clock.advance(HANGS_MS)
  assert.equal(socket.state, "live")

  server.hangUp(1006)
  await clock.advance(TRY_NOW_GAP_MS)

  assert.equal(server.connections.length, 2)
})

test("a wish keeps an earlier try where it is", async () => {
  const { server, clock, socket } = live({ random: () => 0 })
  server.hangUp(1006)
  await clock.advance(RETRY_FLOOR_MS)
  server.hangUp(1006)

  socket.tryNow()
  await clock.advance(RETRY_FLOOR_MS)

  assert.equal(server.connections.length, 3)
})

test("a try that hangs is given up for another after five seconds", async () => {
  const { server, clock, socket } = live()
  server.hangUp(1006)
  await clock.advance(1_000)
  const tried = server.connections.length

  await clock.advance(HANGS_MS - 1_500)
  socket.tryNow()
  assert.equal(server.connections.length, tried)
  await clock.advance(HANGS_MS)

  assert.equal(server.connections.length, tried + 1)
})

test("a reply finds its command", async () => {
  const { server, socket } = live()
  server.answers = { post: ({ text }) => ({ ok: true, seq: text.length }), edit: () => ({ ok: false, error: { code: "forbidden", message: "Not yours." } }) }

  const [first, second] = await Promise.all([socket.command("post", { text: "a" }), socket.command("post", { text: "abc" })])

  assert.deepEqual([first.seq, second.seq], [1, 3])
  await assert.rejects(socket.command("edit"), (error) => error instanceof Refused && error.code === "forbidden")
})

test("commands without an answer hear that the connection is lost", async () => {
  const { server, socket } = live()
  const asked = socket.command("history")

  server.hangUp(1006)

  await assert.rejects(asked, ConnectionLost)
  await assert.rejects(socket.command("history"), ConnectionLost)
})

test("silence is answered with a ping, and silence after it ends the connection", async () => {
  const { server, clock, socket } = live()

  await clock.advance(SILENCE_MS - 1)
  assert.deepEqual(server.last.sent, [])
  await clock.advance(1)
  assert.deepEqual(server.last.sent.map((frame) => frame.type), ["ping"])
  await clock.advance(PING_TIMEOUT_MS - 1)
  assert.equal(socket.state, "live")
  await clock.advance(1)

  assert.equal(socket.state, "reconnecting")
})

test("no timer of a steady connection is shorter than ten seconds, whenever something is heard", async () => {
  const { server, clock } = live()
  server.answers = { ping: () => ({ ok: true, time: 0 }) }
  const { setTimeout } = clock
  const waits = []
  clock.setTimeout = (callback, ms) => {
    waits.push(ms)
    return setTimeout(callback, ms)
  }

  for (let step = 0; step < 500; step += 1) {
    await clock.advance(1_000 * (step % 2 === 0 ? step % 25 : SILENCE_MS / 1_000 - 1))
    server.say({ type: "announcement", text: "Back in five minutes." })
  }

  assert.ok(waits.length > 100)
  assert.ok(Math.min(...waits) >= 10_000, String(Math.min(...waits)))
})

test("a connection that answers pings stays for ever", async () => {
  const { server, clock, socket } = live()
  server.answers = { ping: () => ({ ok: true, time: 0 }) }

  await clock.advance(20 * SILENCE_MS)

  assert.equal(socket.state, "live")
  assert.equal(server.connections.length, 1)
})

test("frames of a connection that was given up are not heard", async () => {
  const { server, clock, socket } = live()
  const heard = []
  socket.on("event", (frame) => heard.push(frame))
  const abandoned = server.last
  await clock.advance(SILENCE_MS + PING_TIMEOUT_MS)

  server.say({ type: "message" }, abandoned)
  await settled()

  assert.deepEqual(heard, [])
})
