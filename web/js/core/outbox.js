/**
 * Messages on their way, per account, kept in the browser's storage until the server has them.
 *
 * Every entry has a key of its own, so that two tabs do not overwrite each other's messages; both may send one, since the
 * server takes each client_message_id once.
 */
export const OUTBOX_ENTRIES = 50
export const OUTBOX_BYTES = 256 * 1024
export const ENTRY_AGE_MS = 24 * 60 * 60 * 1000
const ID_BYTES = 16
const PREFIX = "sanchat.outbox"

/**
 * @typedef {{
 *   id: string, order: number, at: number, user: number, room: string, text: string, kind?: string, reply_to?: number,
 *   failed?: string, detail?: string, isSent?: boolean,
 * }} Entry `failed` names why it waits for the person; `isSent`: the server has it, the page has not heard it yet
 */

/** There is no room for another waiting message. */
export class OutboxFull extends Error {}

/** Random, and available on plain http too. */
export function newClientMessageId() {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

export class Outbox {
  #storage
  #prefix
  #user
  #now
  /** @type {Map<string, Entry>} */
  #entries = new Map()

  /**
   * @param {import("./types.js").Storage} storage
   * @param {{account: string, user: number, now: () => number}} owner
   */
  constructor(storage, { account, user, now }) {
    this.#storage = storage
    this.#prefix = `${PREFIX}.${account}.`
    this.#user = user
    this.#now = now
    for (const entry of this.#stored()) this.#entries.set(entry.id, this.#aged(entry))
  }

  /** Whoever types has another name now. @param {string} account */
  rename(account) {
    const from = this.#prefix
    this.#prefix = `${PREFIX}.${account}.`
    for (const entry of this.#entries.values()) {
      this.#storage.removeItem(from + entry.id)
      this.#keep(entry)
    }
  }

  /** @param {string} was @param {string} room */
  renameRoom(was, room) {
    for (const entry of this.of(was)) this.#keep({ ...entry, room })
  }

  get size() {
    return this.#entries.size
  }

  /** How many go out by themselves. */
  get waiting() {
    return [...this.#entries.values()].filter(goesOut).length
  }

  /** @param {string} room @returns {Entry[]} in the order they were written */
  of(room) {
    return [...this.#entries.values()].filter((entry) => entry.room === room).sort((a, b) => a.order - b.order)
  }

  /** @returns {Set<string>} rooms for which something waits */
  rooms() {
    return new Set([...this.#entries.values()].filter(goesOut).map((entry) => entry.room))
  }

  /**
   * @param {{room: string, text: string, kind?: string, reply_to?: number}} message
   * @returns {Entry}
   */
  add(message) {
    const others = [...this.#entries.values()]
    const bytes = others.reduce((sum, entry) => sum + sizeOf(entry.text), sizeOf(message.text))
    if (others.length >= OUTBOX_ENTRIES || bytes > OUTBOX_BYTES) throw new OutboxFull()
    const at = this.#now()
    const order = Math.max(at, ...others.map((entry) => entry.order + 1))
    return this.#keep({ id: newClientMessageId(), order, at, user: this.#user, ...message })
  }

  /** The next one of this room to go out. Entries that wait too long fail instead of surprising the room. @param {string} room */
  next(room) {
    for (const entry of this.of(room)) {
      const present = this.#aged(entry)
      if (goesOut(present)) return present
    }
    return null
  }

  /** The server has it, but its event is still to come: it stays in sight and out of the storage. @param {string} id */
  sent(id) {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#keep({ ...entry, isSent: true })
    this.#storage.removeItem(this.#prefix + id)
  }

  /** The room has caught up: what was sent and is not among its newest messages is further up. @param {string} room */
  forgetSent(room) {
    for (const entry of this.of(room)) if (entry.isSent) this.settle(entry.id)
  }

  /** The server has it and so has the page. @param {string | undefined} id @returns {boolean} whether it was one of ours */
  settle(id) {
    if (id === undefined || !this.#entries.delete(id)) return false
    this.#storage.removeItem(this.#prefix + id)
    return true
  }

  /** @param {string} id @param {string} reason @param {string} [detail] the server's own sentence */
  fail(id, reason, detail) {
    const entry = this.#entries.get(id)
    if (entry && !entry.isSent) this.#keep({ ...entry, failed: reason, detail })
  }

  /** Under the same id, so that a message that did arrive is not doubled. @param {string} id */
  retry(id) {
    const entry = this.#entries.get(id)
    if (!entry) return
    const { failed, detail, ...rest } = entry
    this.#keep({ ...rest, at: this.#now(), user: this.#user })
  }

  /** @param {Entry} entry */
  #aged(entry) {
    if (entry.failed) return entry
    if (entry.user !== this.#user) return this.#keep({ ...entry, failed: "earlier" })
    if (this.#now() - entry.at > ENTRY_AGE_MS) return this.#keep({ ...entry, failed: "expired" })
    return entry
  }

  /** @param {Entry} entry */
  #keep(entry) {
    this.#entries.set(entry.id, entry)
    if (!entry.isSent) this.#storage.setItem(this.#prefix + entry.id, JSON.stringify(entry))
    return entry
  }

  *#stored() {
    for (const key of this.#storage.keys()) {
      if (!key.startsWith(this.#prefix)) continue
      try {
        const entry = JSON.parse(this.#storage.getItem(key) ?? "null")
        if (typeof entry?.id === "string" && typeof entry.text === "string") yield entry
      } catch {
        this.#storage.removeItem(key)
      }
    }
  }
}

/** @param {Entry} entry */
function goesOut(entry) {
  return !entry.failed && !entry.isSent
}

/** @param {string} text */
function sizeOf(text) {
  return new TextEncoder().encode(text).length
}
