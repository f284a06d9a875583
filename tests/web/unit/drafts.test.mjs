import assert from "node:assert/strict"
import { test } from "node:test"
import { Announcer, ANNOUNCE_EVERY_MS } from "../../../web/js/core/announce.js"
import { Drafts, openStorage } from "../../../web/js/core/storage.js"
import { RoomList } from "../../../web/js/core/store.js"
import { SHOWN_MS, TOLD_EVERY_MS, Typing } from "../../../web/js/core/typing.js"
import { FakeClock, memory } from "./doubles.mjs"

test("each room and each account keeps its own draft", () => {
  const storage = memory()
  const drafts = new Drafts(storage, "ana")
  drafts.set("lobby", { text: "half a sen", caret: 4, reply_to: 7 })
  drafts.set("kitchen", { text: "soup" })

  const reloaded = new Drafts(storage, "ana")

  assert.deepEqual(reloaded.get("lobby"), { text: "half a sen", caret: 4, reply_to: 7 })
  assert.equal(reloaded.get("kitchen").text, "soup")
  assert.equal(new Drafts(storage, "ben").get("lobby"), null)
})

test("an emptied field leaves no draft behind", () => {
  const storage = memory()
  const drafts = new Drafts(storage, "ana")
  drafts.set("lobby", { text: "x" })

  drafts.set("lobby", { text: "" })

  assert.equal(drafts.has("lobby"), false)
  assert.deepEqual(storage.keys(), [])
})

test("what another program left under a draft's key is not a draft", () => {
  const storage = memory()
  storage.setItem("sanchat.draft.ana.lobby", "{oops")

  assert.equal(new Drafts(storage, "ana").get("lobby"), null)
})

test("a browser that refuses storage keeps drafts until the page closes", () => {
  const storage = openStorage({ getItem: () => null, removeItem() {}, setItem() { throw new Error("full") } })
  const drafts = new Drafts(storage, "ana")

  drafts.set("lobby", { text: "kept" })

  assert.equal(drafts.get("lobby").text, "kept")
})

test("typing is told at most every three seconds, and at once after sending", async () => {
  const clock = new FakeClock()
  const typing = new Typing(clock, () => {})

  assert.deepEqual([typing.mayTell(), typing.mayTell()], [true, false])
  await clock.advance(TOLD_EVERY_MS)
  assert.equal(typing.mayTell(), true)
  typing.rest()

  assert.equal(typing.mayTell(), true)
})

test("somebody who stops typing is shown for six seconds", async () => {
  const clock = new FakeClock()
  const changed = []
  const typing = new Typing(clock, (room) => changed.push(room))
  typing.hear("lobby", { id: 2, name: "ben" })

  await clock.advance(SHOWN_MS - 1)
  assert.deepEqual(typing.of("lobby"), ["ben"])
  await clock.advance(2)

  assert.deepEqual(typing.of("lobby"), [])
  assert.deepEqual(changed, ["lobby", "lobby"])
})

test("a busy room is announced as a number, one sentence at a time", async () => {
  const clock = new FakeClock()
  const said = []
  const announcer = new Announcer(clock, (lines, more) => said.push(more || lines.join(" | ")))
  announcer.add("ben: hi")
  for (let count = 0; count < 5; count += 1) announcer.add(`ben: ${count}`)
  assert.deepEqual(said, ["ben: hi"])

  await clock.advance(ANNOUNCE_EVERY_MS)
  await clock.advance(ANNOUNCE_EVERY_MS)

  assert.deepEqual(said, ["ben: hi", 5])
})

test("an open room that one enters moves to the own rooms, and the others keep their places", () => {
  const list = new RoomList()
  list.setOpen([{ name: "attic" }, { name: "Lobby", last_seq: 4 }])
  list.setOwn([{ name: "kitchen" }])

  list.add({ name: "lobby" })

  assert.deepEqual(list.own.map((room) => room.name), ["kitchen", "lobby"])
  assert.deepEqual(list.open.map((room) => room.name), ["attic"])
})
