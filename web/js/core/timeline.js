/** Turns what is known of a room into the rows of its timeline, and says which of them are drawn. */
import { localDay, untilMidnight } from "./i18n.js"

export const GROUP_GAP_MS = 5 * 60 * 1000
export const FOLD_GAP_MS = 10 * 60 * 1000
export const BLOCK_ROWS = 50
export const DRAWN_BLOCKS = 12
export const OPENED_BLOCKS = 2
const MARK_EVERY = 100 // messages

/**
 * @typedef {import("./types.js").Message} Message
 * @typedef {{nextNote: number, isDivided: boolean, day: number, midnight: number, previous: Message | null}} Progress
 * @typedef {Progress & {index: number, seq: number, count: number}} Mark how far the rows had come before a message: as many of them, so many notes
 */

/** The rows of one run of messages. Those of which nothing before or at them has changed are kept: a change costs what stands behind it. */
export class Rows {
  /** @type {import("./types.js").Row[]} */
  #rows = []
  /** @type {Mark[]} */
  #marks = []
  /** @type {import("./types.js").Said} what they were made of */
  #said = { messages: [], entries: [], notes: [], me: { id: 0, name: "" }, unreadAfter: null }

  /** @param {import("./types.js").Said} said @returns {import("./types.js").Row[]} another array each time */
  make(said) {
    const { messages, notes, me } = said
    const changedSeq = firstChange(this.#said, said)
    this.#marks = this.#marks.filter(({ seq }) => seq <= changedSeq)
    const mark = this.#marks[this.#marks.length - 1]
    const builder = new Builder(said, mark && this.#rows, mark)
    for (let index = mark?.index ?? 0; index < messages.length; index += 1) {
      const message = messages[index]
      if (index % MARK_EVERY === 0 && index !== mark?.index) this.#marks.push(builder.mark(index, message.seq))
      if (!isVeiled(message)) builder.add({ message, key: rowKey(message, me) })
    }
    builder.addNotesUpTo(Infinity)
    for (const entry of unheard(said)) builder.add(pendingRow(entry, me))
    this.#said = { ...said, messages: [...messages], notes: [...notes] }
    return (this.#rows = builder.rows)
  }
}

/** @param {import("./types.js").Said} before @param {import("./types.js").Said} now @returns {number} of the first message that rows may have changed at */
function firstChange(before, now) {
  if (before.me.id !== now.me.id) return 0
  const messages = firstDifference(before.messages, now.messages)
  const notes = firstDifference(before.notes, now.notes)
  const changed = [before, now].flatMap((said) => [said.messages[messages]?.seq ?? Infinity, (said.notes[notes]?.afterSeq ?? Infinity) + 1])
  if (before.unreadAfter !== now.unreadAfter) changed.push((before.unreadAfter ?? Infinity) + 1, (now.unreadAfter ?? Infinity) + 1)
  return Math.min(...changed)
}

/** @param {unknown[]} before @param {unknown[]} now @returns {number} index */
function firstDifference(before, now) {
  const most = Math.min(before.length, now.length)
  let index = 0
  while (index < most && before[index] === now[index]) index += 1
  return index
}

/** What of one's own is on its way and not among the messages yet. @param {import("./types.js").Said} said */
function unheard({ entries, messages, me }) {
  if (entries.length === 0) return entries
  const heard = new Set(messages.filter((message) => message.user.id === me.id && !isVeiled(message)).map((message) => message.client_message_id))
  return entries.filter((entry) => !heard.has(entry.id))
}

/** From before one's time: a number and nothing else. @param {Message} message */
export function isVeiled({ user, deleted_at: deletedAt }) {
  return user.id === 0 && deletedAt !== undefined
}

/** @param {Message[]} messages @param {number} seq beyond this number @param {{id: number}} me */
export function saidSince(messages, seq, me) {
  return messages.filter((message) => message.seq > seq && message.user.id !== me.id && !message.deleted_at)
}

/** An own message keeps its key, and so its element, from when it was pending. @param {Message} message @param {{id: number}} me */
export function rowKey(message, me) {
  if (message.user.id === me.id && message.client_message_id) return `c${message.client_message_id}`
  return `s${message.seq}`
}

/** @param {import("./types.js").Entry} entry @param {import("./types.js").User} me */
function pendingRow(entry, me) {
  /** @type {Message} */
  const message = {
    room: entry.room, seq: Infinity, changed_seq: 0, sent_at: entry.at, user: me, text: entry.text, kind: entry.kind,
    reply_to: entry.reply_to, client_message_id: entry.id,
  }
  return { message, key: `c${entry.id}`, entry }
}

class Builder {
  /** @type {import("./types.js").Row[]} */
  rows
  #notes
  #unreadAfter
  #me
  /** @type {Progress} */
  #progress = { nextNote: 0, isDivided: false, day: 0, midnight: -Infinity, previous: null }

  /** @param {import("./types.js").Said} said @param {import("./types.js").Row[]} rows of the last time @param {Mark} [mark] where to go on from */
  constructor({ notes, unreadAfter, me }, rows = [], mark) {
    this.#notes = notes
    this.#unreadAfter = unreadAfter
    this.#me = me
    this.rows = rows.slice(0, mark?.count ?? 0)
    if (mark) this.#progress = { ...mark }
  }

  /** @param {number} index of the message that comes next @param {number} seq of it @returns {Mark} */
  mark(index, seq) {
    return { ...this.#progress, index, seq, count: this.rows.length }
  }

  /** @param {{message: Message, key: string, entry?: import("./types.js").Entry}} item */
  add({ message, key, entry }) {
    const { previous } = this.#progress
    if (!entry) this.addNotesUpTo(previous ? previous.seq : message.seq - 1)
    this.#addDay(message.sent_at)
    this.#addDivider(message)
    const last = this.rows[this.rows.length - 1]
    const isContinued = last?.type === "message" && isSameGroup(previous, message)
    this.rows.push({ type: "message", key, message, isContinued, entry })
    this.#progress.previous = message
  }

  /** @param {number} seq */
  addNotesUpTo(seq) {
    /** @type {import("./types.js").Note[]} */
    let group = []
    for (let note; (note = this.#notes[this.#progress.nextNote]) && note.afterSeq <= seq; this.#progress.nextNote += 1) {
      if (group.length > 0 && !foldsInto(group[0], note)) {
        this.#addNotes(group)
        group = []
      }
      group.push(note)
    }
    if (group.length > 0) this.#addNotes(group)
  }

  /** @param {import("./types.js").Note[]} notes */
  #addNotes(notes) {
    this.#addDay(notes[0].at)
    this.rows.push({ type: "notes", key: notes[0].key, notes })
  }

  /** @param {number} at */
  #addDay(at) {
    if (at < this.#progress.midnight) return
    this.#progress.midnight = at + untilMidnight(at)
    const day = localDay(at)
    if (day <= this.#progress.day) return
    this.rows.push({ type: "day", key: `d${day}`, at, day })
    this.#progress.day = day
  }

  /** @param {Message} message */
  #addDivider(message) {
    if (this.#progress.isDivided || this.#unreadAfter === null || message.seq <= this.#unreadAfter || message.user.id === this.#me.id) return
    if (message.seq === Infinity) return
    this.rows.push({ type: "new", key: "new" })
    this.#progress.isDivided = true
  }
}

/** @param {import("./types.js").Note} first @param {import("./types.js").Note} note */
function foldsInto(first, note) {
  return first.who !== null && note.who !== null && note.at - first.at <= FOLD_GAP_MS
}

/** @param {Message | null} previous @param {Message} message */
export function isSameGroup(previous, message) {
  if (!previous || previous.user.id !== message.user.id) return false
  if (isReplyOrNotice(previous) || isReplyOrNotice(message)) return false
  if (message.sent_at - previous.sent_at > GROUP_GAP_MS) return false
  return localDay(previous.sent_at) === localDay(message.sent_at)
}

/** @param {Message} message */
function isReplyOrNotice(message) {
  return message.reply_to !== undefined || message.kind === "notice"
}

/** Splits a timeline into blocks of about fifty rows. A row keeps its block for as long as the order allows, so that its element stays. */
export class Blocks {
  /** @type {{id: number, rows: any[]}[]} as they were split last */
  #blocks = []
  #lastId = 0

  /**
   * Lines between messages have no block of their own: they go where the message after them goes.
   * The blocks above the first row that is another one are handed out again as they were, but for the last of them, which may grow.
   *
   * @template {{key: string, type: string}} R
   * @param {R[]} rows from top to bottom
   * @returns {{id: number, rows: R[]}[]}
   */
  split(rows) {
    const [blocks, from] = this.#untouched(rows)
    const rest = rows.slice(from)
    const blockOf = this.#assign(rest.filter((row) => row.type === "message").map((row) => row.key), blocks.length)
    /** @type {R[]} */
    let between = []
    for (const row of rest) {
      between.push(row)
      const id = blockOf.get(row.key)
      if (id === undefined) continue
      if (blocks[blocks.length - 1]?.id !== id) blocks.push({ id, rows: [] })
      blocks[blocks.length - 1].rows.push(...between)
      between = []
    }
    if (blocks.length === 0 && between.length > 0) blocks.push({ id: 0, rows: [] })
    blocks[blocks.length - 1]?.rows.push(...between)
    return (this.#blocks = blocks)
  }

  /**
   * @template {{key: string, type: string}} R
   * @param {R[]} rows
   * @returns {[{id: number, rows: R[]}[], number]} blocks, and how many rows they have
   */
  #untouched(rows) {
    let from = 0
    let last = 0
    let count = 0
    for (const { rows: held } of this.#blocks) {
      if (firstDifference(held, rows.slice(from, from + held.length)) < held.length) break
      last = held.length
      from += last
      count += 1
    }
    return [this.#blocks.slice(0, Math.max(0, count - 1)), from - last]
  }

  /** @param {string[]} keys of the messages that are in no block that stays @param {number} kept how many of those there are @returns {Map<string, number>} */
  #assign(keys, kept) {
    const before = new Map(this.#blocks.slice(kept).flatMap(({ id, rows }) => rows.map(({ key }) => [key, id])))
    const blockOf = new Map()
    const used = new Set()
    /** @type {Map<number, number>} where the order no longer allows a block, the one that stands in for it */
    const replaced = new Map()
    let current = 0
    let size = 0
    keys.forEach((key, index) => {
      const held = before.get(key)
      const known = held === undefined ? undefined : (replaced.get(held) ?? held)
      const isJoining = known === undefined && (size < BLOCK_ROWS || before.get(keys[index + 1]) === current)
      if (known !== current && !(isJoining && current > 0)) {
        const id = known !== undefined && !used.has(known) ? known : ++this.#lastId
        if (held !== undefined && id !== held) replaced.set(held, id)
        used.add((current = id))
        size = 0
      }
      blockOf.set(key, current)
      size += 1
    })
    return blockOf
  }
}

/**
 * The stretch of blocks that is drawn: two to begin with and at most twelve, which follow the end while the reader is there. What is let go is at
 * the end that the reader is farther from, and not a block that is kept, while no more than twelve are drawn beside it.
 */
export class BlockWindow {
  /** @type {number | null} the topmost block drawn; null for what is drawn of a room that is opened */
  #firstId = null
  /** @type {number | null} the lowest one drawn; null for the newest */
  #lastId = null

  #slack = 0

  hiddenAbove = 0
  hiddenBelow = 0

  /**
   * @template {{id: number}} B
   * @param {B[]} blocks
   * @param {{isAtBottom: boolean, isNearStart?: boolean, keeps: (id: number) => boolean}} reader `keeps`: a block that must not go; `isNearStart`: a page is waited for
   * @returns {B[]}
   */
  shown(blocks, { isAtBottom, isNearStart = false, keeps }) {
    let end = indexOf(blocks, this.#lastId, blocks.length - 1) + 1
    let start = indexOf(blocks, this.#firstId, Math.max(0, end - OPENED_BLOCKS))
    // Its rule of the day moves from the oldest block to a page above it: both in one step, or the reader is moved.
    if (isNearStart && this.#firstId !== null && this.hiddenAbove === 0 && start > 0) start -= 1
    const most = DRAWN_BLOCKS + this.#slack
    if (isAtBottom && this.#lastId === null) {
      while (end - start > most && !keeps(blocks[start].id)) start += 1
      end = Math.min(end, start + most)
    } else {
      while (end - start > most && !(keeps(blocks[end - 1].id) && end - start <= 2 * DRAWN_BLOCKS)) end -= 1
    }
    this.#draw(blocks, start, end)
    return blocks.slice(start, end)
  }

  /** @param {{id: number}[]} blocks */
  up(blocks) {
    this.#slack = 0
    this.#firstId = blocks[this.hiddenAbove - 1].id
  }

  /** @param {{id: number}[]} blocks @param {(id: number) => boolean} keeps */
  down(blocks, keeps) {
    const end = blocks.length - this.hiddenBelow + 1
    let start = this.hiddenAbove
    if (end - start > DRAWN_BLOCKS + this.#slack) {
      if (keeps(blocks[start].id) && this.#slack < DRAWN_BLOCKS) this.#slack += 1
      else start += 1
    }
    this.#draw(blocks, start, end)
  }

  /** @param {{id: number}[]} blocks @param {number} id */
  around(blocks, id) {
    this.#slack = 0
    const middle = indexOf(blocks, id, blocks.length - 1)
    this.#draw(blocks, Math.max(0, middle - 1), Math.min(blocks.length, middle + OPENED_BLOCKS))
  }

  /** As it is when a room is opened. */
  reset() {
    this.#slack = 0
    this.#firstId = this.#lastId = null
  }

  toEnd() {
    if (this.hiddenBelow > 0) this.reset()
  }

  /** @param {{id: number}[]} blocks @param {number} start @param {number} end */
  #draw(blocks, start, end) {
    this.hiddenAbove = start
    this.hiddenBelow = blocks.length - end
    this.#firstId = blocks[start]?.id ?? null
    this.#lastId = this.hiddenBelow > 0 ? blocks[end - 1].id : null
  }
}

/** @param {{id: number}[]} blocks @param {number | null} id @param {number} otherwise */
function indexOf(blocks, id, otherwise) {
  const index = id === null ? -1 : blocks.findIndex((block) => block.id === id)
  return index < 0 ? otherwise : index
}
