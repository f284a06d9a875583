/** What the page holds of rooms: of each one looked at, of all of them as a list, and who is typing in them. */

export const PAGE = 50 // messages
export const HELD = 10_000 // messages
export const TOLD_EVERY_MS = 3_000
export const SHOWN_MS = 6_000
const NOTES = 200
const OWN_NOTES = 4 // in a row

/** Names are compared without case, as the server does. @param {string} name */
export function roomKey(name) {
  return name.normalize("NFKC").toLowerCase()
}

/**
 * One room: its messages in the server's order, and the cursor up to which it has heard everything.
 *
 * There is one way in for a message, `apply`; live events, replay and history all end there.
 */
export class Room {
  /** @type {import("./types.js").RoomInfo} */
  info
  /** @type {import("./types.js").Message[]} by seq */
  messages = []
  /** @type {number | null} everything up to here has been heard; null before the first subscribe */
  cursor = null
  /** @type {string | null} */
  epoch = null
  readSeq = 0
  /** Whether there are older messages than those held. */
  more = true
  /** Set when messages between what was held and what is held now were left out. */
  skipped = false
  isLoaded = false
  /** @type {"idle" | "loading" | "failed"} what the page above is doing */
  history = "idle"
  /** @type {import("./types.js").Refusal | null} */
  refusal = null
  /** @type {import("./timeline.js").Note[]} who came and went, by time */
  notes = []
  /** @type {Map<number, import("./types.js").User>} */
  members = new Map()
  memberCount = 0
  online = 0
  /** @type {Map<number, import("./types.js").Message>} */
  #bySeq = new Map()
  #noteCount = 0

  /** @param {import("./types.js").RoomInfo} info */
  constructor(info) {
    this.info = info
  }

  get name() {
    return this.info.name
  }

  get key() {
    return roomKey(this.info.name)
  }

  get oldestSeq() {
    return this.messages.length > 0 ? this.messages[0].seq : 0
  }

  get lastSeq() {
    return this.messages.length > 0 ? this.messages[this.messages.length - 1].seq : 0
  }

  /** @param {number} seq */
  message(seq) {
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
    this.#bySeq.set(message.seq, message)
    const index = this.#place(message.seq)
    this.messages.splice(index, held ? 1 : 0, message)
    return true
  }

  /**
   * A live event. The first number after a jump is not applied: the caller subscribes again from the cursor.
   *
   * @param {import("./types.js").Message} message
   * @returns {"applied" | "known" | "hole"}
   */
  hear(message) {
    if (this.cursor === null || message.changed_seq > this.cursor + 1) return "hole"
    if (message.changed_seq <= this.cursor) return this.#holds(message.seq) && this.apply(message) ? "applied" : "known"
    this.cursor = message.changed_seq
    if (this.#holds(message.seq)) this.apply(message)
    return "applied"
  }

  /**
   * The reply to a subscribe.
   *
   * @param {any} reply
   * @param {{fresh: boolean}} asked fresh: without `after`, so that the reply is the newest page
   */
  catchUp(reply, { fresh }) {
    if (fresh || reply.reset) this.#replaceWith(reply.messages)
    else for (const message of reply.messages) if (this.#holds(message.seq)) this.apply(message)
    this.info = { ...this.info, ...reply.room }
    this.cursor = reply.cursor
    this.epoch = reply.epoch ?? this.epoch
    this.readSeq = Math.max(reply.read_seq ?? 0, reply.reset ? 0 : this.readSeq)
    if (reply.members) this.members = new Map(reply.members.map((/** @type {any} */ user) => [user.id, user]))
    this.memberCount = reply.member_count ?? this.memberCount
    this.online = reply.online ?? this.online
    this.isLoaded ||= reply.complete
  }

  /** A page of history. @param {{messages: import("./types.js").Message[], more: boolean}} page */
  addOlder(page) {
    for (const message of page.messages) this.apply(message)
    this.more = page.more
    this.skipped = false
  }

  /** Lets go of the oldest messages beyond what a page may hold; history brings them back. */
  trim() {
    if (this.messages.length <= HELD) return
    for (const message of this.messages.splice(0, this.messages.length - HELD)) this.#bySeq.delete(message.seq)
    this.more = true
  }

  /** @param {any} event a `presence` frame */
  hearPresence({ online, joined = [], left = [] }) {
    this.online = online
    for (const user of joined) {
      if (!this.members.has(user.id)) this.memberCount += 1
      this.members.set(user.id, { ...this.members.get(user.id), ...user, online: true })
    }
    for (const user of left) this.members.set(user.id, { ...this.members.get(user.id), ...user, online: false })
  }

  /** @param {"connected" | "disconnected"} kind @param {string | null} who null for this page itself @param {number} at */
  note(kind, who, at) {
    const key = `n${at}-${this.#noteCount++}`
    this.notes.push({ key, at, afterSeq: this.lastSeq, kind, who })
    const own = this.notes.slice(-OWN_NOTES - 1)
    const isFlapping = own.length > OWN_NOTES && own.every((note) => note.who === null && note.afterSeq === this.lastSeq)
    if (isFlapping) this.notes.splice(-OWN_NOTES - 1, 1)
    if (this.notes.length > NOTES) this.notes.shift()
  }

  /** @param {import("./types.js").Message[]} messages */
  #replaceWith(messages) {
    this.messages = []
    this.#bySeq.clear()
    for (const message of messages) this.apply(message)
    this.more = this.oldestSeq > 1
    this.notes = this.notes.filter((note) => note.afterSeq >= this.oldestSeq)
  }

  /**
   * Whether a change belongs to the stretch of the log that is held. An old message that was edited while its page
   * is not held must not stand alone above a hole; history will bring it as it is by then.
   *
   * @param {number} seq
   */
  #holds(seq) {
    return !this.more || seq >= this.oldestSeq
  }

  /** @param {number} seq @returns {number} where it is, or where it belongs */
  #place(seq) {
    let low = 0
    let high = this.messages.length
    if (high === 0 || this.messages[high - 1].seq < seq) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.messages[middle].seq < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * @typedef {"all" | "mentions" | "none"} Level what of a room is worth a notification
 * @typedef {import("./types.js").RoomInfo & {unread?: number, mentions?: number, notify?: Level, active_at?: number}} Listed
 *   `unread`: messages of others not yet read, counted up to a hundred; `active_at`: when the newest came, in milliseconds
 */

/** The rooms column: which rooms are one's own, which others are open, and what is unread in them. */
export class RoomList {
  /** @type {Listed[]} in no order that is shown: see `arranged` */
  own = []
  /** @type {Listed[]} by name, without the own */
  open = []

  /** @param {Listed[]} rooms */
  setOwn(rooms) {
    const held = new Map(this.own.map(({ name, mentions, unread }) => [roomKey(name), { mentions, unread }]))
    this.own = rooms.map((room) => ({ ...held.get(roomKey(room.name)), ...room }))
    this.setOpen(this.open)
  }

  /** @param {Listed[]} rooms */
  setOpen(rooms) {
    const own = new Set(this.own.map((room) => roomKey(room.name)))
    this.open = rooms.filter((room) => !own.has(roomKey(room.name)))
  }

  /** A room one has just entered. @param {Listed} info */
  add(info) {
    const held = this.find(info.name)
    if (held && this.own.includes(held)) Object.assign(held, info)
    else this.own = [...this.own, { read_seq: 0, ...held, ...info }]
    this.setOpen(this.open)
  }

  /** @param {string} name */
  find(name) {
    const key = roomKey(name)
    return [...this.own, ...this.open].find((room) => roomKey(room.name) === key)
  }

  /**
   * There is news.
   *
   * @param {string} name
   * @param {{lastSeq: number, messages?: number, mentions?: number, at?: number}} news `messages`, `mentions`: how many more
   */
  hear(name, { lastSeq, messages = 0, mentions = 0, at = 0 }) {
    const room = this.find(name)
    if (!room) return
    room.last_seq = Math.max(room.last_seq ?? 0, lastSeq)
    room.active_at = Math.max(room.active_at ?? 0, at)
    room.unread = (room.unread ?? 0) + messages
    room.mentions = (room.mentions ?? 0) + mentions
  }

  /** @param {string} name @param {number} seq @param {{unread?: number, mentions?: number}} [left] what is still unread behind it */
  read(name, seq, { unread = 0, mentions = 0 } = {}) {
    const room = this.find(name)
    if (room) Object.assign(room, { read_seq: seq, unread, mentions })
  }

  /** @param {Listed} info @param {{was?: string, isDeleted?: boolean, hasLeft?: boolean}} news */
  change(info, { was, isDeleted = false, hasLeft = false }) {
    const held = this.find(was ?? info.name)
    if (isDeleted || hasLeft) {
      this.own = this.own.filter((room) => room !== held)
      this.open = this.open.filter((room) => room !== held)
    } else if (held) {
      Object.assign(held, info)
    }
    const isNews = !isDeleted && (hasLeft || !held) && info.kind === "open"
    if (isNews) this.open = [...this.open, info].sort((a, b) => a.name.localeCompare(b.name))
  }
}

/**
 * The order in which rooms are shown: pinned ones first, then the ones with the newest activity.
 *
 * @param {Listed[]} rooms
 * @param {{pinned: string[], held: string[] | null}} by names by `roomKey`; `held` is an order to keep, new rooms go behind it:
 *   nothing moves under the pointer
 */
export function arranged(rooms, { pinned, held }) {
  const place = (/** @type {Listed} */ room) => {
    const index = held?.indexOf(roomKey(room.name)) ?? -1
    return index < 0 ? Infinity : index
  }
  const isPinned = (/** @type {Listed} */ room) => Number(pinned.includes(roomKey(room.name)))
  return [...rooms].sort((a, b) => {
    const [one, other] = [place(a), place(b)]
    if (one !== other) return one < other ? -1 : 1
    return isPinned(b) - isPinned(a) || (b.active_at ?? 0) - (a.active_at ?? 0)
  })
}

/**
 * What the list says of a room that is not looked at.
 *
 * @param {Listed} room
 * @returns {{count: number, isForMe: boolean, isUnread: boolean}} `isForMe`: the count is of mentions, or of a direct room
 */
export function newsIn({ kind, notify, unread = 0, mentions = 0, last_seq: last = 0, read_seq: read = 0 }) {
  if (notify === "none") return { count: 0, isForMe: false, isUnread: false }
  const isForMe = mentions > 0 || (kind === "direct" && unread > 0)
  const count = kind === "direct" ? unread : mentions || unread
  return { count, isForMe, isUnread: count > 0 || (read > 0 && last > read) }
}

/** Who is typing, and how often this page says that its own person is. */
export class Typing {
  #clock
  #changed
  /** @type {Map<string, Map<number, {name: string, until: number}>>} */
  #byRoom = new Map()
  #toldAt = -Infinity

  /** @param {import("./types.js").Clock} clock @param {(room: string) => void} changed */
  constructor(clock, changed) {
    this.#clock = clock
    this.#changed = changed
  }

  /** @param {string} room @param {{id: number, name: string}} user */
  hear(room, user) {
    const people = this.#byRoom.get(room) ?? new Map()
    this.#byRoom.set(room, people)
    people.set(user.id, { name: user.name, until: this.#clock.now() + SHOWN_MS })
    this.#clock.setTimeout(() => this.#changed(room), SHOWN_MS + 1)
    this.#changed(room)
  }

  /** They sent what they were typing. @param {string} room @param {number} userId */
  forget(room, userId) {
    this.#byRoom.get(room)?.delete(userId)
  }

  /** @param {string} room @returns {string[]} names */
  of(room) {
    const people = this.#byRoom.get(room)
    if (!people) return []
    for (const [id, { until }] of people) if (until <= this.#clock.now()) people.delete(id)
    return [...people.values()].map((person) => person.name)
  }

  /** Whether it is time to tell the room again. */
  mayTell() {
    if (this.#clock.now() - this.#toldAt < TOLD_EVERY_MS) return false
    this.#toldAt = this.#clock.now()
    return true
  }

  /** After sending, the next key tells at once. */
  rest() {
    this.#toldAt = -Infinity
  }
}
