import assert from "node:assert/strict"
import { test } from "node:test"
import { Run } from "../../../web/js/core/room.js"
import { Blocks, FOLD_GAP_MS, GROUP_GAP_MS, Rows } from "../../../web/js/core/timeline.js"
import { ana, ben, message } from "./doubles.mjs"

const NOON = Date.UTC(2026, 10, 20, 11)
const PACE_MS = 100_000 // about three messages a group, and some hundred a day
const NOTES = 4

const at = (seq, fields) => message(seq, { sent_at: NOON + seq * PACE_MS, ...fields })
const said = (parts) => ({ messages: [], entries: [], notes: [], me: ana, unreadAfter: null, ...parts })

/** The same numbers each time. @param {number} seed @returns {(below: number) => number} */
function dice(seed) {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** A room as it is lived in: somebody writes, edits, pages back, comes and goes, looks away, writes without a connection. */
class Life {
  run = new Run([], true)
  state = said({ notes: [] })
  #roll
  #first = 2_000
  #last = 2_000
  #changes = 0
  #made = 0

  constructor(seed) {
    this.#roll = dice(seed)
    this.#page()
  }

  step() {
    const steps = [this.#write, this.#write, this.#write, this.#edit, this.#page, this.#come, this.#lookAway, this.#queue, this.#trim]
    steps[this.#roll(steps.length)].call(this)
    this.state = { ...this.state, messages: this.run.messages }
    return this.state
  }

  #message(seq) {
    const kind = this.#roll(9) === 0 ? "notice" : undefined
    const user = this.#roll(2) === 0 ? ana : ben
    return at(seq, { user, kind, reply_to: this.#roll(9) === 0 ? 1 : undefined, client_message_id: `m${seq}` })
  }

  #write() {
    for (let count = this.#roll(8); count >= 0; count -= 1) this.run.apply(this.#message((this.#last += 1)))
  }

  #edit() {
    const { seq } = this.run.messages[this.#roll(this.run.messages.length)]
    this.run.apply({ ...this.#message(seq), changed_seq: 100_000 + (this.#changes += 1), deleted_at: this.#roll(3) === 0 ? NOON : undefined })
  }

  #page() {
    for (let seq = this.#first; seq > this.#first - 50; seq -= 1) this.run.apply(this.#message(seq))
    this.#first -= 50
  }

  #come() {
    const { notes } = this.state
    notes.push({ key: `n${(this.#made += 1)}`, at: NOON + this.#last * PACE_MS + this.#roll(2) * FOLD_GAP_MS, afterSeq: this.#last, kind: "connected", who: this.#roll(4) === 0 ? null : "ben" })
    if (notes.length > NOTES) notes.shift()
  }

  #lookAway() {
    this.state.unreadAfter = this.#roll(3) === 0 ? null : this.#last - this.#roll(300)
  }

  #queue() {
    const entry = { id: this.#roll(2) === 0 ? `m${this.#last}` : `q${(this.#made += 1)}`, order: 1, at: NOON + this.#last * PACE_MS, user: ana.id, room: "lobby", text: "soon" }
    this.state.entries = this.#roll(2) === 0 ? [] : [...this.state.entries, entry]
  }

  #trim() {
    if (this.run.messages.length < 800) return
    this.run = new Run(this.run.messages.slice(100), true)
    this.#first = this.run.oldestSeq - 1
  }
}

test("rows that are kept over changes are those that would be made anew", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const life = new Life(seed)
    const rows = new Rows()
    for (let step = 0; step < 60; step += 1) {
      const state = life.step()

      assert.deepEqual(rows.make(state), new Rows().make(state), `seed ${seed}, step ${step}`)
    }
  }
})

test("blocks that are kept over changes hold all rows in order, each under one number", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const life = new Life(seed)
    const rows = new Rows()
    const blocks = new Blocks()
    for (let step = 0; step < 60; step += 1) {
      const made = rows.make(life.step())
      const split = blocks.split(made)

      assert.deepEqual(split.flatMap((block) => block.rows).map((row) => row.key), made.map((row) => row.key), `seed ${seed}, step ${step}`)
      assert.equal(new Set(split.map(({ id }) => id)).size, split.length)
    }
  }
})

test("a message in a long room costs the rows of its surroundings", () => {
  const messages = Array.from({ length: 10_000 }, (_, index) => at(index + 1))
  const rows = new Rows()
  const blocks = new Blocks()
  const before = rows.make(said({ messages }))
  const heldBlocks = blocks.split(before)

  messages.push(at(10_001))
  const after = rows.make(said({ messages }))
  const held = new Set(before)
  const grown = blocks.split(after)

  assert.ok(after.filter((row) => !held.has(row)).length <= 110)
  assert.ok(grown.filter((block) => !heldBlocks.includes(block)).length <= 4)
  assert.ok(after.length > before.length)
})

test("a block that is not full grows though all in it stays as it is", () => {
  const blocks = new Blocks()
  const rows = new Rows().make(said({ messages: [at(1), at(2)] }))
  const [first] = blocks.split(rows)

  const grown = blocks.split([...rows, { type: "message", key: "s3" }])

  assert.deepEqual(grown.map(({ id }) => id), [first.id])
  assert.deepEqual(grown[0].rows.map(({ key }) => key), [...rows.map(({ key }) => key), "s3"])
})

test("an edit begins a group anew where it was", () => {
  const messages = [at(1), at(2, { sent_at: NOON + PACE_MS + GROUP_GAP_MS }), at(3, { sent_at: NOON + PACE_MS + GROUP_GAP_MS })]
  const rows = new Rows()
  rows.make(said({ messages }))

  messages[1] = { ...messages[1], changed_seq: 4, text: "other words" }
  const made = rows.make(said({ messages }))

  assert.deepEqual(made.filter((row) => row.type === "message").map((row) => row.message.text), [messages[0].text, "other words", messages[2].text])
})
