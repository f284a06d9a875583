import assert from "node:assert/strict"
import { test } from "node:test"
import { arranged, newsIn, RoomList } from "../../../web/js/core/store.js"
import { changeList } from "../../../web/js/core/news.js"

const names = (rooms) => rooms.map((room) => room.name)
const quiet = { name: "attic", active_at: 1 }
const busy = { name: "Lobby", active_at: 9 }
const middle = { name: "kitchen", active_at: 5 }

test("pinned rooms come first, then the ones where something happened last", () => {
  assert.deepEqual(names(arranged([quiet, busy, middle], { pinned: [], held: null })), ["Lobby", "kitchen", "attic"])
  assert.deepEqual(names(arranged([quiet, busy, middle], { pinned: ["attic"], held: null })), ["attic", "Lobby", "kitchen"])
})

test("an order that is held does not move, and a new room goes behind it", () => {
  const held = ["attic", "kitchen"]

  assert.deepEqual(names(arranged([busy, quiet, middle], { pinned: ["lobby"], held })), ["attic", "kitchen", "Lobby"])
})

test("a direct message counts as for me, and a muted room says nothing", () => {
  assert.deepEqual(newsIn({ kind: "direct", unread: 3 }), { count: 3, isForMe: true, isUnread: true })
  assert.deepEqual(newsIn({ unread: 38 }), { count: 38, isForMe: false, isUnread: true })
  assert.deepEqual(newsIn({ unread: 38, mentions: 2 }), { count: 2, isForMe: true, isUnread: true })
  assert.deepEqual(newsIn({ unread: 38, mentions: 2, notify: "none" }), { count: 0, isForMe: false, isUnread: false })
  assert.equal(newsIn({ last_seq: 7, read_seq: 0 }).isUnread, false)
  assert.equal(newsIn({ last_seq: 7, read_seq: 4 }).isUnread, true)
})

test("news adds up until it is read, here or elsewhere", () => {
  const list = new RoomList()
  list.setOwn([{ name: "Tea", kind: "open", unread: 2, mentions: 1, active_at: 10 }])

  list.hear("tea", { lastSeq: 9, messages: 3, mentions: 1, at: 20 })
  assert.deepEqual(list.own[0], { name: "Tea", kind: "open", unread: 5, mentions: 2, active_at: 20, last_seq: 9 })
  list.read("tea", 7, { unread: 2 })
  assert.deepEqual([list.own[0].unread, list.own[0].mentions, list.own[0].read_seq], [2, 0, 7])
})

test("an open room that one has left stands among the others again, a closed one is gone", () => {
  const list = new RoomList()
  list.setOwn([{ name: "tea", kind: "open" }, { name: "vault", kind: "closed" }])

  changeList(list, { name: "tea", kind: "open" }, { hasLeft: true })
  changeList(list, { name: "vault", kind: "closed" }, { hasLeft: true })

  assert.deepEqual([names(list.own), names(list.open)], [[], ["tea"]])
})
