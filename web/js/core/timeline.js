/** Turns what is known of a room into the rows of its timeline. */
import { localDay } from "./time.js"

export const GROUP_GAP_MS = 5 * 60 * 1000
export const FOLD_GAP_MS = 10 * 60 * 1000

/**
 * @typedef {import("./types.js").Message} Message
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {{key: string, at: number, afterSeq: number, kind: "connected" | "disconnected", who: string | null}} Note
 *   somebody came or went; `who` is null for this page's own connection
 * @typedef {{type: "message", key: string, message: Message, isContinued: boolean, entry?: Entry}} MessageRow
 * @typedef {{type: "day", key: string, at: number, day: number}} DayRow
 * @typedef {{type: "notes", key: string, notes: Note[]}} NotesRow
 * @typedef {{type: "new", key: string}} NewRow
 * @typedef {MessageRow | DayRow | NotesRow | NewRow} Row
 */

/**
 * @param {{
 *   messages: Message[], entries: Entry[], notes: Note[], me: import("./types.js").User, unreadAfter: number | null,
 * }} room `unreadAfter`: the divider stands before the first message of somebody else beyond it
 * @returns {Row[]}
 */
export function rowsOf({ messages, entries, notes, me, unreadAfter }) {
  const builder = new Builder(notes, unreadAfter, me)
  const heard = new Set()
  for (const message of messages) {
    if (message.user.id === me.id && message.client_message_id) heard.add(message.client_message_id)
    builder.add({ message, key: rowKey(message, me) })
  }
  builder.addNotesUpTo(Infinity)
  for (const entry of entries) if (!heard.has(entry.id)) builder.add(pendingRow(entry, me))
  return builder.rows
}

/** An own message keeps the key that it had while it was pending, so that its element stays the same. @param {Message} message @param {{id: number}} me */
export function rowKey(message, me) {
  if (message.user.id === me.id && message.client_message_id) return `c${message.client_message_id}`
  return `s${message.seq}`
}

/** @param {Entry} entry @param {import("./types.js").User} me */
function pendingRow(entry, me) {
  /** @type {Message} */
  const message = {
    room: entry.room, seq: Infinity, changed_seq: 0, sent_at: entry.at, user: me, text: entry.text, kind: entry.kind,
    reply_to: entry.reply_to, client_message_id: entry.id,
  }
  return { message, key: `c${entry.id}`, entry }
}

class Builder {
  /** @type {Row[]} */
  rows = []
  #notes
  #nextNote = 0
  #unreadAfter
  #me
  #day = 0
  /** @type {Message | null} */
  #previous = null

  /** @param {Note[]} notes @param {number | null} unreadAfter @param {{id: number}} me */
  constructor(notes, unreadAfter, me) {
    this.#notes = notes
    this.#unreadAfter = unreadAfter
    this.#me = me
  }

  /** @param {{message: Message, key: string, entry?: Entry}} item */
  add({ message, key, entry }) {
    if (!entry) this.addNotesUpTo(this.#previous ? this.#previous.seq : message.seq - 1)
    this.#addDay(message.sent_at)
    this.#addDivider(message)
    const last = this.rows[this.rows.length - 1]
    const isContinued = last?.type === "message" && isSameGroup(this.#previous, message)
    this.rows.push({ type: "message", key, message, isContinued, entry })
    this.#previous = message
  }

  /** @param {number} seq */
  addNotesUpTo(seq) {
    /** @type {Note[]} */
    let group = []
    for (; this.#nextNote < this.#notes.length && this.#notes[this.#nextNote].afterSeq <= seq; this.#nextNote += 1) {
      const note = this.#notes[this.#nextNote]
      if (group.length > 0 && !foldsInto(group[0], note)) {
        this.#addNotes(group)
        group = []
      }
      group.push(note)
    }
    if (group.length > 0) this.#addNotes(group)
  }

  /** @param {Note[]} notes */
  #addNotes(notes) {
    this.#addDay(notes[0].at)
    this.rows.push({ type: "notes", key: notes[0].key, notes })
  }

  /** @param {number} at */
  #addDay(at) {
    const day = localDay(at)
    if (day <= this.#day) return
    this.rows.push({ type: "day", key: `d${day}`, at, day })
    this.#day = day
  }

  /** @param {Message} message */
  #addDivider(message) {
    if (this.#unreadAfter === null || message.seq <= this.#unreadAfter || message.user.id === this.#me.id) return
    if (message.seq === Infinity) return
    this.rows.push({ type: "new", key: "new" })
    this.#unreadAfter = null
  }
}

/** The coming and going of others folds; what this page's own connection did stays in sight. @param {Note} first @param {Note} note */
function foldsInto(first, note) {
  return first.who !== null && note.who !== null && note.at - first.at <= FOLD_GAP_MS
}

/** @param {Message | null} previous @param {Message} message */
export function isSameGroup(previous, message) {
  if (!previous || previous.user.id !== message.user.id) return false
  if (isReplyOrNotice(previous) || isReplyOrNotice(message)) return false
  if (localDay(previous.sent_at) !== localDay(message.sent_at)) return false
  return message.sent_at - previous.sent_at <= GROUP_GAP_MS
}

/** @param {Message} message */
function isReplyOrNotice(message) {
  return message.reply_to !== undefined || message.kind === "notice"
}
