import assert from "node:assert/strict"
import { test } from "node:test"
import { ANSWER_MS, ENTRY_AGE_MS, newClientMessageId, Outbox, OUTBOX_BYTES, OUTBOX_ENTRIES, OutboxFull, Sender } from "../../../web/js/core/storage.js"
import { ConnectionLost, Refused } from "../../../web/js/core/socket.js"
import { FakeClock, memory, settled } from "./doubles.mjs"

function desk({ storage = memory(), clock = new FakeClock(), user = 1, account = "ana" } = {}) {
  return { storage, clock, outbox: new Outbox(storage, { account, user, now: clock.now }) }
}

function sending(post, { outbox, clock } = desk()) {
  const sender = new Sender({ outbox, clock, post, changed: () => {}, hasHeard: () => true })
  return { outbox, clock, sender }
}

const texts = (outbox, room = "lobby") => outbox.of(room).map((entry) => entry.text)

test("ids are sixteen random bytes", () => {
  const ids = new Set(Array.from({ length: 100 }, newClientMessageId))

  assert.equal(ids.size, 100)
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/u)
})

test("waiting messages keep their order over a reload", () => {
  const { storage, clock, outbox } = desk()
  for (const text of ["one", "two", "three"]) outbox.add({ room: "lobby", text })

  const reloaded = desk({ storage, clock }).outbox

  assert.deepEqual(texts(reloaded), ["one", "two", "three"])
})

test("two tabs do not overwrite each other's messages", () => {
  const { storage, clock, outbox } = desk()
  const otherTab = desk({ storage, clock }).outbox
  outbox.add({ room: "lobby", text: "from here" })
  otherTab.add({ room: "lobby", text: "from there" })

  const reloaded = desk({ storage, clock }).outbox

  assert.deepEqual(texts(reloaded).sort(), ["from here", "from there"])
})

test("another account does not see them", () => {
  const { storage, clock, outbox } = desk()
  outbox.add({ room: "lobby", text: "mine" })

  assert.equal(desk({ storage, clock, account: "ben", user: 2 }).outbox.size, 0)
})

test("fifty messages wait, the one after them is refused", () => {
  const { outbox } = desk()
  for (let count = 0; count < OUTBOX_ENTRIES; count += 1) outbox.add({ room: "lobby", text: "hi" })

  assert.throws(() => outbox.add({ room: "lobby", text: "hi" }), OutboxFull)
  assert.equal(outbox.size, OUTBOX_ENTRIES)
})

test("the bytes that wait have a bound too", () => {
  const { outbox } = desk()
  outbox.add({ room: "lobby", text: "x".repeat(OUTBOX_BYTES - 2) })
  outbox.add({ room: "lobby", text: "é" })

  assert.throws(() => outbox.add({ room: "lobby", text: "x" }), OutboxFull)
})

test("a message that waited for more than a day is not sent by surprise", () => {
  const { storage, clock, outbox } = desk()
  outbox.add({ room: "lobby", text: "lunch?" })
  const later = { ...clock, now: () => clock.now() + ENTRY_AGE_MS + 1 }

  const reloaded = desk({ storage, clock: later }).outbox

  assert.equal(reloaded.next("lobby"), null)
  assert.equal(reloaded.of("lobby")[0].failed, "expired")
})

test("a message of an earlier visit under the same name waits for the person", () => {
  const { storage, clock, outbox } = desk({ user: 1 })
  outbox.add({ room: "lobby", text: "did it arrive?" })

  const again = desk({ storage, clock, user: 9 }).outbox

  assert.equal(again.next("lobby"), null)
  assert.equal(again.of("lobby")[0].failed, "earlier")
})

test("retrying keeps the id", () => {
  const { outbox } = desk()
  const { id } = outbox.add({ room: "lobby", text: "hi" })
  outbox.fail(id, "unanswered")
  assert.equal(outbox.next("lobby"), null)

  outbox.retry(id)

  assert.equal(outbox.next("lobby").id, id)
})

test("a message that the server has leaves the storage", () => {
  const { storage, clock, outbox } = desk()
  const { id } = outbox.add({ room: "lobby", text: "hi" })

  assert.equal(outbox.settle(id), true)

  assert.equal(desk({ storage, clock }).outbox.size, 0)
  assert.equal(outbox.settle(id), false)
})

test("one post of a room is in flight at a time, in the order written", async () => {
  const posted = []
  const answers = []
  const { outbox, sender } = sending(({ text }) => {
    posted.push(text)
    return new Promise((resolve) => answers.push(resolve))
  })
  sender.setLive(true)
  for (const text of ["one", "two", "three"]) {
    outbox.add({ room: "lobby", text })
    void sender.flush("lobby")
  }
  await settled()
  assert.deepEqual(posted, ["one"])

  answers[0]({ seq: 1 })
  await settled()

  assert.deepEqual(posted, ["one", "two"])
})

test("a slow room does not hold up another", async () => {
  const posted = []
  const { outbox, sender } = sending(({ text }) => {
    posted.push(text)
    return new Promise(() => {})
  })
  outbox.add({ room: "lobby", text: "slow" })
  outbox.add({ room: "kitchen", text: "quick" })

  sender.setLive(true)
  await settled()

  assert.deepEqual(posted.sort(), ["quick", "slow"])
})

test("nothing goes out before history has caught up", async () => {
  const posted = []
  const { outbox, sender } = sending(async ({ text }) => posted.push(text))
  outbox.add({ room: "lobby", text: "hi" })

  await sender.flush("lobby")

  assert.deepEqual(posted, [])
})

test("a post whose connection is lost is sent again under the same id", async () => {
  const ids = []
  const { outbox, sender } = sending(async ({ id }) => {
    ids.push(id)
    if (ids.length === 1) throw new ConnectionLost()
    return { seq: 1, duplicate: true }
  })
  outbox.add({ room: "lobby", text: "hi" })
  sender.setLive(true)
  await settled()
  assert.equal(outbox.waiting, 1)

  sender.setLive(true)
  await settled()

  assert.equal(outbox.size, 0)
  assert.equal(ids.length, 2)
  assert.equal(ids[0], ids[1])
})

test("a final refusal fails the message with the server's sentence", async () => {
  const { outbox, sender } = sending(async () => {
    throw new Refused({ code: "muted", message: "You cannot write here." })
  })
  outbox.add({ room: "lobby", text: "hi" })

  sender.setLive(true)
  await settled()

  assert.deepEqual([outbox.of("lobby")[0].failed, outbox.of("lobby")[0].detail], ["refused", "You cannot write here."])
})

test("a temporary refusal waits as long as the server says and then goes out", async () => {
  const posted = []
  const { outbox, sender, clock } = sending(async ({ text }) => {
    posted.push(text)
    if (posted.length === 1) throw new Refused({ code: "rate_limited", message: "Slow down.", temporary: true, retry_after_ms: 800 })
    return { seq: 1 }
  })
  outbox.add({ room: "lobby", text: "hi" })
  sender.setLive(true)
  await settled()
  assert.equal(sender.pausedUntil("lobby"), clock.now() + 800)

  await clock.advance(799)
  assert.equal(posted.length, 1)
  await clock.advance(1)

  assert.equal(outbox.size, 0)
})

test("a post without an answer fails after fifteen seconds", async () => {
  const { outbox, sender, clock } = sending(() => new Promise(() => {}))
  outbox.add({ room: "lobby", text: "hi" })
  sender.setLive(true)
  await settled()

  await clock.advance(ANSWER_MS - 1)
  assert.equal(outbox.of("lobby")[0].failed, undefined)
  await clock.advance(1)

  assert.equal(outbox.of("lobby")[0].failed, "unanswered")
})

test("a message stays in sight between its answer and its event", async () => {
  const { storage, clock, outbox } = desk()
  const sender = new Sender({ outbox, clock, post: async () => ({ seq: 8 }), changed: () => {}, hasHeard: () => false })
  outbox.add({ room: "lobby", text: "hi" })

  sender.setLive(true)
  await settled()

  assert.deepEqual(texts(outbox), ["hi"])
  assert.equal(outbox.waiting, 0)
  assert.equal(desk({ storage, clock }).outbox.size, 0)
})

test("a longer pause is not ended by the timer of a shorter one before it", async () => {
  const posted = []
  const { outbox, sender, clock } = sending(async ({ text }) => {
    posted.push(text)
    return { seq: 1 }
  })
  sender.setLive(true)
  sender.pause("lobby", 1_000)
  await clock.advance(500)
  sender.pause("lobby", 5_000)
  outbox.add({ room: "lobby", text: "hi" })
  void sender.flush("lobby")

  await clock.advance(4_999)
  assert.deepEqual(posted, [])
  await clock.advance(1)

  assert.deepEqual(posted, ["hi"])
})
