/** What the page knows of all rooms: the list of them, and what the server says of them beside messages. */

/** @param {string} name */
export function roomKey(name) {
  return name.normalize("NFKC").toLowerCase()
}

/** A direct room is called by its people. @param {import("./types.js").User[]} people @param {number | undefined} me */
export function titleOf(people, me) {
  return people.filter(({ id }) => id !== me).map(({ name }) => name).join(", ")
}

/**
 * @typedef {import("./room.js").Room} Room
 * @typedef {import("./chat.js").Chat} Chat
 */

export class RoomList {
  /** @type {import("./types.js").Listed[]} in no order that is shown: see `arranged` */
  own = []
  /** @type {import("./types.js").Listed[]} by name, without the own */
  open = []

  /** @param {import("./types.js").Listed[]} rooms */
  setOwn(rooms) {
    const held = new Map(this.own.map(({ name, mentions, unread }) => [roomKey(name), { mentions, unread }]))
    this.own = rooms.map((room) => ({ ...held.get(roomKey(room.name)), ...room }))
    this.setOpen(this.open)
  }

  /** @param {import("./types.js").Listed[]} rooms */
  setOpen(rooms) {
    const own = new Set(this.own.map((room) => roomKey(room.name)))
    this.open = rooms.filter((room) => !own.has(roomKey(room.name)))
  }

  /** @param {import("./types.js").Listed} info */
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
 * @param {import("./types.js").Listed[]} rooms
 * @param {{pinned: string[], held: string[] | null}} by names by `roomKey`; `held` is an order to keep, new rooms go behind it:
 *   nothing moves under the pointer
 */
export function arranged(rooms, { pinned, held }) {
  const place = (/** @type {import("./types.js").Listed} */ room) => {
    const index = held?.indexOf(roomKey(room.name)) ?? -1
    return index < 0 ? Infinity : index
  }
  const isPinned = (/** @type {import("./types.js").Listed} */ room) => Number(pinned.includes(roomKey(room.name)))
  return [...rooms].sort((a, b) => {
    const [one, other] = [place(a), place(b)]
    if (one !== other) return one < other ? -1 : 1
    return isPinned(b) - isPinned(a) || (b.active_at ?? 0) - (a.active_at ?? 0)
  })
}

/**
 * @param {import("./types.js").Listed} room
 * @returns {{count: number, isForMe: boolean, isUnread: boolean}} `isForMe`: the count is of mentions, or of a direct room
 */
export function newsIn({ kind, notify, unread = 0, mentions = 0, last_seq: last = 0, read_seq: read = 0 }) {
  if (notify === "none") return { count: 0, isForMe: false, isUnread: false }
  const isForMe = mentions > 0 || (kind === "direct" && unread > 0)
  const count = kind === "direct" ? unread : mentions || unread
  return { count, isForMe, isUnread: count > 0 || (read > 0 && last > read) }
}

/**
 * Carries an event into the model. One of an unknown type changes nothing: the server may be newer than the page.
 *
 * @param {Chat} chat
 * @param {any} frame
 * @param {number} now milliseconds
 */
export async function hearNews(chat, frame, now) {
  if (frame.type === "presence") return presence(chat, frame, now)
  if (frame.type === "activity") return activity(chat, frame)
  if (frame.type === "read") return readElsewhere(chat, frame)

  const news = await import("./news.js").catch(() => null)
  news?.hearRareNews(chat, frame)
}

/** @param {Chat} chat @param {any} frame @param {number} now */
function presence(chat, frame, now) {
  const room = chat.subscriptions.get(frame.room)
  if (!room) return
  hearPresence(room, frame)
  for (const user of frame.left ?? []) if (user.id !== chat.me?.id) room.note("disconnected", user.name, now)
  for (const user of frame.joined ?? []) if (user.id !== chat.me?.id) room.note("connected", user.name, now)
  if (room === chat.room) chat.emit("room")
}

/** @param {import("./room.js").Room} room @param {{online: number, joined?: any[], left?: any[]}} presence */
export function hearPresence(room, { online, joined = [], left = [] }) {
  room.online = online
  for (const user of joined) {
    if (!room.members.has(user.id)) room.memberCount += 1
    room.members.set(user.id, { ...room.members.get(user.id), ...user, online: true })
  }
  for (const user of left) if (room.members.has(user.id)) room.members.set(user.id, { ...room.members.get(user.id), ...user, online: false })
}

/** @param {Chat} chat @param {any} frame */
function activity(chat, { room, last_seq: lastSeq, messages, mentions, active_at: at }) {
  chat.list.hear(room, { lastSeq, messages, mentions, at })
  if (messages !== 0) chat.emit("news", { room, isCalled: mentions > 0 })
  chat.emit("rooms")
}

/** @param {Chat} chat @param {any} frame */
function readElsewhere(chat, { room: name, seq, unread, mentions }) {
  const room = chat.subscriptions.get(name)
  if (room) chat.reader.follow(room, seq)
  chat.list.read(name, seq, { unread, mentions })
  chat.emit("rooms")
}
