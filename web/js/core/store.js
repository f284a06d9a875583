/** What the page knows of all rooms: the list of them, and who is typing. */

export const TOLD_EVERY_MS = 3_000
export const SHOWN_MS = 6_000

/** Names are compared without case, as the server does. @param {string} name */
export function roomKey(name) {
  return name.normalize("NFKC").toLowerCase()
}

/** @typedef {import("./room.js").Room} Room */
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
