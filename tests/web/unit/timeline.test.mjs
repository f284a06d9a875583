import assert from "node:assert/strict"
import { test } from "node:test"
import { BLOCK_ROWS, Blocks, BlockWindow, DRAWN_BLOCKS, FOLD_GAP_MS, GROUP_GAP_MS, Rows } from "../../../web/js/core/timeline.js"
import { localDay, nearness, untilMidnight } from "../../../web/js/core/i18n.js"
import { ana, ben, message, messages } from "./doubles.mjs"

process.env.TZ = "Europe/Berlin"

const NOON = Date.UTC(2026, 10, 20, 11)
const HOUR_MS = 3_600_000

const rows = (parts) => new Rows().make({ messages: [], entries: [], notes: [], me: ana, unreadAfter: null, ...parts })
const shape = (list) => list.map((row) => (row.type === "message" ? (row.isContinued ? "cont" : "head") : row.type))
const at = (seq, ms, fields) => message(seq, { sent_at: ms, ...fields })

test("messages of one person within five minutes form a group", () => {
  const list = rows({ messages: [at(1, NOON), at(2, NOON + GROUP_GAP_MS), at(3, NOON + 2 * GROUP_GAP_MS + 1)] })

  assert.deepEqual(shape(list), ["day", "head", "cont", "head"])
})

test("another person, a reply and a notice each begin anew", () => {
  const list = rows({
    messages: [at(1, NOON), at(2, NOON, { user: ana }), at(3, NOON, { user: ana, reply_to: 1 }), at(4, NOON, { user: ana }), at(5, NOON, { user: ana, kind: "notice" })],
  })

  assert.deepEqual(shape(list), ["day", "head", "head", "head", "head", "head"])
})

test("deleting a message leaves the groups around it as they are", () => {
  const before = rows({ messages: [at(1, NOON), at(2, NOON), at(3, NOON)] })
  const after = rows({ messages: [at(1, NOON), at(2, NOON, { deleted_at: NOON, text: undefined }), at(3, NOON)] })

  assert.deepEqual(shape(after), shape(before))
})

test("midnight separates days and groups", () => {
  const midnight = new Date(2026, 10, 21).getTime()
  const list = rows({ messages: [at(1, midnight - 1), at(2, midnight)] })

  assert.deepEqual(shape(list), ["day", "head", "day", "head"])
})

test("a day of the change to winter time is one day", () => {
  const beforeChange = Date.UTC(2026, 9, 24, 22, 30)
  const afterChange = Date.UTC(2026, 9, 25, 22, 30)

  assert.equal(localDay(beforeChange), localDay(afterChange))
  assert.equal(untilMidnight(beforeChange), 24.5 * HOUR_MS)
})

test("yesterday is yesterday also on the day after the clocks changed", () => {
  const now = Date.UTC(2026, 9, 25, 22, 45)

  assert.equal(nearness(20261025, now), "today")
  assert.equal(nearness(20261024, now), "yesterday")
  assert.equal(nearness(20261023, now), "earlier")
})

test("a message on its way stands at the end and keeps its key when it arrives", () => {
  const entry = { id: "abc", order: 1, at: NOON, user: 1, room: "lobby", text: "hi" }
  const waiting = rows({ messages: [at(1, NOON)], entries: [entry] })
  const arrived = rows({ messages: [at(1, NOON), at(2, NOON, { user: ana, client_message_id: "abc" })], entries: [entry] })

  assert.equal(waiting.at(-1).entry, entry)
  assert.equal(arrived.length, waiting.length)
  assert.equal(arrived.at(-1).entry, undefined)
  assert.equal(arrived.at(-1).key, waiting.at(-1).key)
})

test("the divider stands before the first unread message of somebody else", () => {
  const list = rows({ messages: [at(1, NOON), at(2, NOON, { user: ana }), at(3, NOON), at(4, NOON)], unreadAfter: 1 })

  assert.deepEqual(shape(list), ["day", "head", "head", "new", "head", "cont"])
})

test("coming and going within ten minutes folds into one line", () => {
  const note = (key, ms) => ({ key, at: ms, afterSeq: 1, kind: "connected", who: "ben" })
  const list = rows({ messages: [at(1, NOON)], notes: [note("a", NOON), note("b", NOON + FOLD_GAP_MS), note("c", NOON + FOLD_GAP_MS + 1)] })

  assert.deepEqual(shape(list), ["day", "head", "notes", "notes"])
  assert.equal(list[2].notes.length, 2)
})

test("what the own connection did is never folded away", () => {
  const note = (key, kind) => ({ key, at: NOON, afterSeq: 1, kind, who: null })
  const list = rows({ messages: [at(1, NOON)], notes: [note("a", "disconnected"), note("b", "connected")] })

  assert.deepEqual(shape(list), ["day", "head", "notes", "notes"])
})

test("a status line stays between the messages around it", () => {
  const note = { key: "a", at: NOON, afterSeq: 1, kind: "connected", who: "ben" }
  const list = rows({ messages: [at(1, NOON), at(2, NOON)], notes: [note] })

  assert.deepEqual(shape(list), ["day", "head", "notes", "head"])
})

test("older pages and newer messages leave the blocks of the others alone", () => {
  const blocks = new Blocks()
  const keyed = (list) => [{ type: "day", key: "d1" }, ...list.map(({ seq }) => ({ type: "message", key: `s${seq}` }))]
  const first = blocks.split(keyed(messages(51, 100)))
  const grown = blocks.split(keyed(messages(1, 101)))

  assert.deepEqual(first.map((block) => block.rows.length), [BLOCK_ROWS + 1])
  assert.deepEqual(grown.map((block) => block.rows.length), [51, 50, 1])
  assert.equal(grown[1].id, first[0].id)
  assert.equal(new Set(grown.map((block) => block.id)).size, 3)
})

test("page after page stays in blocks of fifty", () => {
  const blocks = new Blocks()
  const keyed = (list) => [{ type: "day", key: "d1" }, ...list.map(({ seq }) => ({ type: "message", key: `s${seq}` })), { type: "notes", key: "n1" }]
  let last = blocks.split(keyed(messages(951, 1_000)))[0].id
  for (let from = 901; from > 0; from -= 50) last = blocks.split(keyed(messages(from, 1_000))).at(-1).id

  const all = blocks.split(keyed(messages(1, 1_000)))

  assert.equal(all.length, 20)
  assert.equal(all.at(-1).id, last)
  assert.equal(all.flatMap((block) => block.rows).length, 1_002)
})

test("a waiting message that goes out after the next one takes its place without breaking the blocks", () => {
  const blocks = new Blocks()
  const keyed = (list) => list.map((key) => ({ type: "message", key }))
  const full = Array.from({ length: BLOCK_ROWS - 1 }, (_, index) => `s${index}`)
  blocks.split(keyed([...full, "failed", "next", "third"]))

  const after = blocks.split(keyed([...full, "next", "third", "failed"]))

  assert.equal(new Set(after.map((block) => block.id)).size, after.length)
  assert.deepEqual(after.flatMap((block) => block.rows).map((row) => row.key), [...full, "next", "third", "failed"])
})

test("a message that slips in before a waiting one joins its block", () => {
  const blocks = new Blocks()
  const keyed = (list) => list.map((key) => ({ type: "message", key }))
  const full = Array.from({ length: BLOCK_ROWS - 1 }, (_, index) => `s${index}`)
  const before = blocks.split(keyed([...full, "pending"]))
  const after = blocks.split(keyed([...full, "other", "pending"]))

  assert.equal(before.length, 1)
  assert.equal(after.length, 1)
  assert.equal(after[0].id, before[0].id)
})

test("people are named by who they are, not by where they stand", () => {
  const list = rows({ messages: [at(1, NOON, { user: ben, client_message_id: "x" }), at(2, NOON, { user: ana, client_message_id: "x" })] })

  assert.equal(new Set(list.map((row) => row.key)).size, list.length)
})

const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => ({ id: from + index, rows: [] }))
const ids = (blocks) => blocks.map((block) => block.id)
const nothingKept = () => false

/** As many as there may be at once, at the end. */
function filled(blocks) {
  const window = new BlockWindow()
  let drawn = window.shown(blocks, { isAtBottom: true, keeps: nothingKept })
  while (drawn.length < Math.min(blocks.length, DRAWN_BLOCKS)) {
    window.up(blocks)
    drawn = window.shown(blocks, { isAtBottom: true, keeps: nothingKept })
  }
  return window
}

test("a page that is waited for above is drawn as it comes", () => {
  const window = new BlockWindow()
  window.shown(numbered(5, 6), { isAtBottom: true, keeps: nothingKept })

  const drawn = window.shown(numbered(3, 6), { isAtBottom: false, isNearStart: true, keeps: nothingKept })

  assert.deepEqual(ids(drawn), [4, 5, 6])
})

test("going to the end where one is lets go of nothing", () => {
  const window = filled(numbered(1, 12))

  window.toEnd()

  assert.equal(window.shown(numbered(1, 12), { isAtBottom: true, keeps: nothingKept }).length, DRAWN_BLOCKS)
})

test("a room opens with its newest two blocks, and more are drawn as they come into reach", () => {
  const window = new BlockWindow()

  assert.deepEqual(ids(window.shown(numbered(1, 20), { isAtBottom: true, keeps: nothingKept })), [19, 20])
  window.up(numbered(1, 20))

  assert.deepEqual(ids(window.shown(numbered(1, 20), { isAtBottom: true, keeps: nothingKept })), [18, 19, 20])
})

test("at the bottom the newest twelve blocks are drawn", () => {
  const window = filled(numbered(1, 12))

  const drawn = window.shown(numbered(1, 13), { isAtBottom: true, keeps: nothingKept })

  assert.deepEqual(ids(drawn), ids(numbered(2, 13)))
  assert.deepEqual([window.hiddenAbove, window.hiddenBelow], [1, 0])
})

test("reading upwards draws a block above and lets go of the lowest", () => {
  const blocks = numbered(1, 20)
  const window = filled(blocks)

  window.up(blocks)
  const drawn = window.shown(blocks, { isAtBottom: false, keeps: nothingKept })

  assert.deepEqual(ids(drawn), ids(numbered(8, 19)))
  window.down(blocks, nothingKept)
  assert.deepEqual(ids(window.shown(blocks, { isAtBottom: false, keeps: nothingKept })), ids(numbered(9, 20)))
})

test("new blocks below and older ones above change nothing that is drawn elsewhere", () => {
  const window = filled(numbered(5, 20))
  window.up(numbered(5, 20))
  window.shown(numbered(5, 20), { isAtBottom: false, keeps: nothingKept })

  const drawn = window.shown(numbered(1, 25), { isAtBottom: false, keeps: nothingKept })

  assert.deepEqual(ids(drawn), ids(numbered(8, 19)))
  window.toEnd()
  assert.deepEqual(ids(window.shown(numbered(1, 25), { isAtBottom: true, keeps: nothingKept })), [24, 25])
})

test("a block in use is not let go", () => {
  const window = filled(numbered(1, 12))

  const drawn = window.shown(numbered(1, 14), { isAtBottom: true, keeps: (id) => id === 2 })

  assert.equal(drawn[0].id, 2)
})

test("the stretch around a block is drawn wherever it is", () => {
  const window = new BlockWindow()
  window.around(numbered(1, 40), 20)

  assert.deepEqual(ids(window.shown(numbered(1, 40), { isAtBottom: false, keeps: nothingKept })), [19, 20, 21])
  assert.deepEqual([window.hiddenAbove, window.hiddenBelow], [18, 19])
})

test("a reader who goes down past a block in use is not held up", () => {
  const window = new BlockWindow()
  const blocks = numbered(1, 30)
  window.around(blocks, 2)
  const keeps = (id) => id === 1
  for (let step = 0; step < 14; step += 1) {
    window.down(blocks, keeps)
    window.shown(blocks, { isAtBottom: false, keeps })
  }

  const drawn = ids(window.shown(blocks, { isAtBottom: false, keeps }))

  assert.equal(drawn[0], 1)
  assert.equal(drawn.at(-1), 17)
})

test("what is not followed past a block in use stays below, and no more is drawn", () => {
  const window = filled(numbered(1, 12))

  const drawn = window.shown(numbered(1, 30), { isAtBottom: true, keeps: (id) => id === 1 })

  assert.deepEqual(ids(drawn), ids(numbered(1, 12)))
  assert.equal(window.hiddenBelow, 18)
})

test("what stands for a message from before one's time is not shown", () => {
  const list = rows({ messages: [at(1, NOON, { user: { id: 0, name: "" }, deleted_at: NOON, text: undefined }), at(2, NOON, { deleted_at: NOON, text: undefined })] })

  assert.deepEqual(shape(list), ["day", "head"])
})
