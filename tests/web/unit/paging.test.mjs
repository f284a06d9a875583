import assert from "node:assert/strict"
import { test } from "node:test"
import { Pager } from "../../../web/js/core/paging.js"
import { rename } from "../../../web/js/core/news.js"
import { Room } from "../../../web/js/core/room.js"
import { ana, ben, message, messages, settled } from "./doubles.mjs"

/** A room that holds the newest fifty of a log, and a server that pages through it. */
function reading(log, { answer = async (page) => page } = {}) {
  const asked = []
  const socket = {
    async command(type, { before, around, after, limit }) {
      asked.push({ type, before, around, after })
      const older = (seq, count) => log.filter((each) => each.seq < seq).slice(-count)
      const newer = (seq, count) => log.filter((each) => each.seq >= seq).slice(0, count)
      const page = after !== undefined ? newer(after + 1, limit) : before !== undefined ? older(before, limit) : [...older(around, limit / 2), ...newer(around, limit / 2)]
      return answer({ messages: page, more: page[0]?.seq > log[0].seq, more_after: page.at(-1)?.seq < log.at(-1).seq })
    },
  }
  const room = new Room({ name: "lobby" })
  room.catchUp({ messages: log.slice(-50), cursor: log.at(-1).changed_seq, complete: true, epoch: "e1" }, { fresh: true })
  return { room, asked, pager: new Pager({ socket, changed: () => {} }) }
}

const seqs = (run) => run.messages.map((each) => each.seq)

test("a message far back is shown with what stands around it, and the newest stay at hand", async () => {
  const { room, pager } = reading(messages(1, 500))

  await pager.bring(room, 100)

  assert.deepEqual(seqs(room), messages(75, 124).map((each) => each.seq))
  assert.deepEqual([room.lastSeq, room.more], [500, true])
  room.backToEnd()
  assert.deepEqual(seqs(room), messages(451, 500).map((each) => each.seq))
})

test("reading on from there meets the newest messages without a hole, in the run that is read", async () => {
  const { room, asked, pager } = reading(messages(1, 200))
  await pager.bring(room, 60)
  const { shown } = room

  while (room.aside) await pager.loadNewer(room)

  assert.equal(room.shown, shown)
  assert.deepEqual(seqs(room), messages(35, 200).map((each) => each.seq))
  assert.deepEqual(asked.map((each) => each.after ?? null), [null, 84, 134])
})

test("a message that is held already asks the server for nothing", async () => {
  const { room, asked, pager } = reading(messages(1, 200))

  await pager.bring(room, 180)

  assert.deepEqual(asked, [])
  assert.equal(room.aside, null)
})

test("a page around that touches the newest messages is one with them", async () => {
  const { room, pager } = reading(messages(1, 80))

  await pager.bring(room, 25)

  assert.equal(room.aside, null)
  assert.deepEqual(seqs(room), messages(1, 80).map((each) => each.seq))
})

test("what is said at the end goes there, not below what is shown somewhere else", async () => {
  const { room, pager } = reading(messages(1, 500))
  await pager.bring(room, 100)

  assert.equal(room.hear(message(501)), "applied")
  room.hear(message(100, { changed_seq: 502, text: "better" }))

  assert.equal(room.messages.at(-1).seq, 124)
  assert.equal(room.message(100).text, "better")
  assert.equal(room.lastSeq, 501)
})

test("an edit heard while its page is on the way is not undone by the page", async () => {
  let arrive
  const { room, pager } = reading(messages(1, 200), { answer: (page) => new Promise((resolve) => (arrive = () => resolve(page))) })
  const loading = pager.loadOlder(room)
  await settled()

  room.hear(message(120, { changed_seq: 201, text: "better" }))
  arrive()
  await loading

  assert.equal(room.message(120).text, "better")
})

test("a page that fails below leaves the reader there and can be asked for again", async () => {
  let isBusy = false
  const { room, pager } = reading(messages(1, 500), { answer: async (page) => (isBusy ? Promise.reject(new Error("busy")) : page) })
  await pager.bring(room, 100)
  isBusy = true
  await pager.loadNewer(room)
  assert.deepEqual([room.later, room.messages.length], ["failed", 50])
  isBusy = false

  await pager.loadNewer(room)

  assert.deepEqual([room.later, room.messages.length], ["idle", 100])
})

test("somebody's new name is in all they said and reacted to", () => {
  const { room } = reading([message(1), message(2, { user: ana, reactions: [{ emoji: "👍", count: 1, users: ["ben"] }] }), message(3, { user: ana })])
  const untouched = room.message(3)
  room.note("connected", "ben", 1)

  rename(room, { user: { id: ben.id, name: "robert" }, was: "ben" })

  assert.equal(room.message(1).user.name, "robert")
  assert.deepEqual(room.message(2).reactions[0].users, ["robert"])
  assert.equal(room.message(3), untouched)
  assert.equal(room.notes[0].who, "robert")
})
