/** What the page holds of one room that is looked at, and where somebody is in it. */
import { roomKey } from "./store.js"

export const PAGE = 50 // messages
export const HELD = 10_000 // messages
const READ_EVERY_MS = 500
const NOTES = 200
const OWN_NOTES = 4 // in a row

/** A run of messages without holes, by seq. All that comes goes in by `apply`. */
export class Run {
  /** @type {import("./types.js").Message[]} */
  messages = []

  more = true
  /** Another number after every change. */
  version = 0
  /** @type {Map<number, import("./types.js").Message>} */
  #bySeq = new Map()

  /** @param {import("./types.js").Message[]} [messages] @param {boolean} [more] */
  constructor(messages = [], more = true) {
    for (const message of messages) this.apply(message)
    this.more = more
  }

  get oldestSeq() {
    return this.messages[0]?.seq ?? 0
  }

  get lastSeq() {
    return this.messages[this.messages.length - 1]?.seq ?? 0
  }

  /** @param {number} seq */
  get(seq) {
    return this.#bySeq.get(seq)
  }

  /**
   * Puts a message at its place, or replaces its older state. Applying twice is applying once.
   *
   * @param {import("./types.js").Message} message
   * @returns {boolean} whether anything changed
   */
  apply(message) {
    const held = this.#bySeq.get(message.seq)
    if (held && held.changed_seq >= message.changed_seq) return false
    this.version += 1
    this.#bySeq.set(message.seq, message)
    this.messages.splice(placeOf(this.messages, message.seq), held ? 1 : 0, message)
    return true
  }

  /** @param {number} seq */
  reachesUpTo(seq) {
    return !this.more || seq >= this.oldestSeq
  }

  /** @param {(message: import("./types.js").Message) => import("./types.js").Message} change */
  map(change) {
    this.version += 1
    this.messages = this.messages.map(change)
    this.#bySeq = new Map(this.messages.map((message) => [message.seq, message]))
  }

  /** @param {boolean} atStart */
  trim(atStart) {
    const excess = this.messages.length - HELD
    if (excess <= 0) return
    this.version += 1
    for (const { seq } of this.messages.splice(atStart ? 0 : -excess, excess)) this.#bySeq.delete(seq)
    if (atStart) this.more = true
  }
}

/** One room: its newest messages, and for a reader who went far back those there, until the two meet. */
export class Room {
  /** @type {import("./types.js").RoomInfo} */
  info

  tail = new Run()
  /** @type {Run | null} what is read somewhere else, with messages missing between it and the tail */
  aside = null
  /** @type {number | null} everything up to here has been heard; null before the first subscribe */
  cursor = null
  /** @type {string | null} */
  epoch = null
  readSeq = 0
  /** @type {number | null} the last message held before so many were missed that they were left out */
  skippedAfter = null
  isLoaded = false

  isSeeking = false
  /** @type {"idle" | "loading" | "failed"} what the page above is doing */
  history = "idle"
  /** @type {"idle" | "loading" | "failed"} what the page below is doing, for a reader elsewhere */
  later = "idle"
  /** @type {import("./types.js").Refusal | null} */
  refusal = null
  /** @type {import("./types.js").You | null} what this person may do here; null before the server has said */
  you = null
  /** @type {import("./types.js").Note[]} who came and went, by time */
  notes = []
  /** @type {Map<number, import("./types.js").User>} */
  members = new Map()
  memberCount = 0
  online = 0
  /** @type {import("./types.js").Message[] | null} changes heard while a page is on its way, which may bring an older state */
  meanwhile = null
  #noteCount = 0

  /** @param {import("./types.js").RoomInfo} info */
  constructor(info) {
    this.info = info
  }

  get name() {
    return this.info.name
  }

  get label() {
    return this.info.kind === "direct" ? this.info.title : `#${this.info.name}`
  }

  get key() {
    return roomKey(this.info.name)
  }

  get shown() {
    return this.aside ?? this.tail
  }

  get messages() {
    return this.shown.messages
  }

  get more() {
    return this.shown.more
  }

  get oldestSeq() {
    return this.shown.oldestSeq
  }

  get lastSeq() {
    return this.tail.lastSeq
  }

  /** @param {number} seq */
  message(seq) {
    return this.shown.get(seq) ?? this.tail.get(seq)
  }

  /** @param {import("./types.js").Message} message to the newest ones */
  apply(message) {
    return this.tail.apply(message)
  }

  /**
   * A live event. The first number after a jump is not applied: the caller subscribes again from the cursor.
   *
   * @param {import("./types.js").Message} message
   * @returns {"applied" | "known" | "hole"}
   */
  hear(message) {
    if (this.cursor === null || message.changed_seq > this.cursor + 1) return "hole"
    const isNew = message.changed_seq > this.cursor
    if (isNew) this.cursor = message.changed_seq
    return this.take(message) || isNew ? "applied" : "known"
  }

  /**
   * @param {any} reply
   * @param {{fresh: boolean}} asked fresh: without `after`, so that the reply is the newest page
   */
  catchUp(reply, { fresh }) {
    if (fresh || reply.reset) this.#replaceWith(reply.messages)
    else for (const message of reply.messages) this.take(message)
    this.info = { ...this.info, posting: undefined, history: undefined, archived_at: undefined, ...reply.room }
    this.cursor = reply.cursor
    this.epoch = reply.epoch ?? this.epoch
    this.readSeq = reply.read_seq ?? (reply.reset ? 0 : this.readSeq)
    this.you = reply.you ?? this.you
    if (reply.members) this.members = new Map(reply.members.map((/** @type {any} */ user) => [user.id, user]))
    this.memberCount = reply.member_count ?? this.memberCount
    this.online = reply.online ?? this.online
    this.isLoaded ||= reply.complete
  }

  backToEnd() {
    this.aside = null
    this.later = this.history = "idle"
  }

  trim() {
    this.tail.trim(true)
  }

  /** @param {"connected" | "disconnected"} kind @param {string | null} who null for this page itself @param {number} at */
  note(kind, who, at) {
    // Coming in and the connection may both say it.
    if (who === null && this.notes.findLast((note) => note.who === null)?.kind === kind) return
    const key = `n${at}-${this.#noteCount++}`
    this.notes.push({ key, at, afterSeq: this.lastSeq, kind, who })
    const own = this.notes.slice(-OWN_NOTES - 1)
    const isFlapping = own.length > OWN_NOTES && own.every((note) => note.who === null && note.afterSeq === this.lastSeq)
    if (isFlapping) this.notes.splice(-OWN_NOTES - 1, 1)
    if (this.notes.length > NOTES) this.notes.shift()
  }

  /** @param {import("./types.js").Message[]} messages */
  #replaceWith(messages) {
    this.backToEnd()
    this.tail = new Run(messages)
    this.tail.more = this.tail.oldestSeq > 1
    this.notes = this.notes.filter((note) => note.afterSeq >= this.tail.oldestSeq)
  }

  /**
   * Puts a change into what is held. What is not held must not stand alone above a hole; history will bring it.
   *
   * @param {import("./types.js").Message} message
   */
  take(message) {
    this.meanwhile?.push(message)
    const isInTail = this.tail.reachesUpTo(message.seq) && this.tail.apply(message)
    const { aside } = this
    const isAside = aside && aside.reachesUpTo(message.seq) && message.seq <= aside.lastSeq && aside.apply(message)
    return isInTail || isAside === true
  }
}

export class Reader {
  /** @type {number | null} up to where somebody had read before coming into this room: the divider stands behind it */
  unreadAfter = null
  #chat
  #clock
  #keepsUnread = false
  #isOpening = false
  /** @type {number | null} the message that the person came for */
  #wanted = null
  #readAt = -Infinity

  /** @param {import("./chat.js").Chat} chat @param {import("./types.js").Clock} clock */
  constructor(chat, clock) {
    this.#chat = chat
    this.#clock = clock
  }

  /** @param {number | null} seq of the message they came for */
  arrive(seq) {
    this.unreadAfter = null
    this.#keepsUnread = false
    this.#isOpening = true
    this.#wanted = seq
    this.#chat.room?.backToEnd()
  }

  async open() {
    const { room } = this.#chat
    if (!this.#isOpening || !room?.isLoaded || room.refusal) return
    this.#isOpening = false
    const { readSeq, lastSeq, tail } = room
    this.unreadAfter = readSeq > 0 && readSeq < lastSeq ? readSeq : null
    if (!room.notes.some((note) => note.who === null)) room.note("connected", null, this.#clock.now())
    this.#chat.list.add(room.info)
    this.#chat.emit("rooms")
    const seq = this.#wanted ?? (this.unreadAfter === null ? lastSeq : readSeq + 1)
    if (!tail.reachesUpTo(seq)) {
      room.isSeeking = true

      await this.#chat.pager().then((pager) => pager?.bring(room, seq)).catch(() => {})
      room.isSeeking = false
    }
    if (this.#wanted !== null && room === this.#chat.room) this.#chat.emit("show", this.#wanted)
    this.#wanted = null
    this.#chat.emit("room")
  }

  /** Whether it would be news that this message was seen. @param {number} seq */
  awaits(seq) {
    const { room, socket } = this.#chat
    return room !== null && !this.#keepsUnread && seq > room.readSeq && socket.state === "live"
  }

  /** @param {number} seq */
  read(seq) {
    const { room, socket, list } = this.#chat
    if (!room || !this.awaits(seq)) return
    if (this.#clock.now() - this.#readAt < READ_EVERY_MS) return
    this.#readAt = this.#clock.now()
    room.readSeq = seq
    list.read(room.name, seq)
    socket.tell("read", { room: room.name, seq })
    this.#chat.emit("rooms")
  }

  markRead() {
    const { room } = this.#chat
    if (!room) return
    this.unreadAfter = null
    this.#keepsUnread = false
    this.#readAt = -Infinity
    this.read(room.lastSeq)
    this.#chat.emit("room")
  }

  /** @param {Room} room @param {number} readSeq */
  follow(room, readSeq) {
    const isLower = readSeq < room.readSeq
    room.readSeq = readSeq
    if (!isLower || room !== this.#chat.room) return
    this.unreadAfter = readSeq
    this.#keepsUnread = true
    this.#chat.emit("room")
  }

  /**
   * @param {Room} room
   * @param {import("./types.js").Message} message
   */
  divide(room, message) {
    const before = room.tail.messages.findLast(({ seq, user }) => seq < message.seq && user.id !== this.#chat.me?.id)
    const isRead = !before || before.seq <= room.readSeq
    if (isRead) this.unreadAfter = message.seq - 1
    else this.unreadAfter ??= room.readSeq || message.seq - 1
  }
}

/** @typedef {{info: import("./types.js").RoomInfo, you?: {may_post: boolean, slow_mode_s: number} | null} | null | undefined} Place a room, and whether and how often one may write in it */

/** @param {Place} room */
export function isClosed(room) {
  return Boolean(room?.info.archived_at) || room?.you?.may_post === false
}

/** @param {Place} room */
export function slowModeOf(room) {
  return room?.you?.slow_mode_s ?? room?.info.slow_mode_s ?? 0
}

/** @param {import("./types.js").Message[]} messages @param {number} seq @returns {number} where it is, or where it belongs */
function placeOf(messages, seq) {
  let low = 0
  let high = messages.length
  if (high === 0 || messages[high - 1].seq < seq) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if (messages[middle].seq < seq) low = middle + 1
    else high = middle
  }
  return low
}
