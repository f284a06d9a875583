/** What the browser keeps between visits: preferences, drafts of what is not yet sent, and messages on their way. */
import { Emitter } from "./emitter.js"
import { ConnectionLost, Refused } from "./socket.js"

export const OUTBOX_ENTRIES = 50
export const OUTBOX_BYTES = 256 * 1024
export const ENTRY_AGE_MS = 24 * 60 * 60 * 1000
export const ANSWER_MS = 15_000
const PAUSE_MS = 1_000
const ID_BYTES = 16
const PREFIX = "sanchat.outbox"
const PREFERENCES = "sanchat.preferences"
const DRAFTS = "sanchat.draft"

/** The browser's local storage, or memory where the browser refuses it (private windows, full disks). @returns {import("./types.js").Storage} */
export function openStorage(backing = localStorageOrNothing()) {
  const memory = new Map()
  return {
    getItem: (key) => memory.get(key) ?? backing?.getItem(key) ?? null,
    setItem(key, value) {
      try {
        if (!backing) throw new Error("no storage")
        backing.setItem(key, value)
        memory.delete(key)
      } catch {
        memory.set(key, value)
      }
    },
    removeItem(key) {
      memory.delete(key)
      backing?.removeItem(key)
    },
    keys: () => [...new Set([...memory.keys(), ...(backing ? Object.keys(backing) : [])])],
  }
}

/** @returns {globalThis.Storage | null} */
function localStorageOrNothing() {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}

/**
 * What this browser prefers. Topic: `change`.
 */
export class Preferences extends Emitter {
  #storage
  /** @type {import("./types.js").Values} */
  values = {
    locale: null, theme: null, enter: null, typing: true, sound: false, notifications: false,
    isPanelOpen: true, isBrowsing: false, name: "", room: null, pinned: [], recentEmoji: [],
  }

  /** @param {import("./types.js").Storage} storage */
  constructor(storage) {
    super()
    this.#storage = storage
    try {
      this.values = { ...this.values, ...JSON.parse(storage.getItem(PREFERENCES) ?? "{}") }
    } catch {
      storage.removeItem(PREFERENCES)
    }
  }

  /** @param {Partial<Preferences["values"]>} values */
  set(values) {
    this.values = { ...this.values, ...values }
    this.#storage.setItem(PREFERENCES, JSON.stringify(this.values))
    this.emit("change")
  }
}

export class Drafts {
  #storage
  #prefix

  /** @param {import("./types.js").Storage} storage @param {string} account */
  constructor(storage, account) {
    this.#storage = storage
    this.#prefix = `${DRAFTS}.${account}.`
  }

  /** @param {string} account */
  rename(account) {
    const [from, to] = [this.#prefix, `${DRAFTS}.${account}.`]
    this.#prefix = to
    for (const key of this.#storage.keys()) if (key.startsWith(from)) this.#move(key, to + key.slice(from.length))
  }

  /** @param {string} was @param {string} room */
  renameRoom(was, room) {
    if (was !== room) this.#move(this.#prefix + was, this.#prefix + room)
  }

  /** @param {string} from @param {string} to */
  #move(from, to) {
    const [draft, present] = [from, to].map((key) => parse(this.#storage.getItem(key)))
    if (draft) this.#storage.setItem(to, JSON.stringify(present ? { ...present, text: `${present.text}\n${draft.text}` } : draft))
    this.#storage.removeItem(from)
  }

  /** @param {string} room @returns {import("./types.js").Draft | null} */
  get(room) {
    return parse(this.#storage.getItem(this.#prefix + room))
  }

  /**
   * @param {string} room
   * @param {import("./types.js").Draft} draft
   */
  set(room, draft) {
    if (draft.text === "" && draft.reply_to === undefined) this.#storage.removeItem(this.#prefix + room)
    else this.#storage.setItem(this.#prefix + room, JSON.stringify(draft))
  }

  /** @param {string} room */
  has(room) {
    return (this.get(room)?.text ?? "") !== ""
  }

  /** @param {string | null} key */
  roomOf(key) {
    return key?.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : null
  }
}

/** @param {string | null} stored @returns {import("./types.js").Draft | null} */
function parse(stored) {
  try {
    const draft = JSON.parse(stored ?? "null")
    return typeof draft?.text === "string" ? draft : null
  } catch {
    return null
  }
}

export class OutboxFull extends Error {}

/** Random, and available on plain http too. */
export function newClientMessageId() {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/** Messages on their way, per account. Each has a key of its own, so that tabs do not overwrite each other's; the server takes each once. */
export class Outbox {
  #storage
  #prefix
  #user
  #now
  /** @type {Map<string, import("./types.js").Entry>} */
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

  /** @param {string} account */
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

  get waiting() {
    return [...this.#entries.values()].filter(goesOut).length
  }

  /** @param {string} room @returns {import("./types.js").Entry[]} in the order they were written */
  of(room) {
    return [...this.#entries.values()].filter((entry) => entry.room === room).sort((a, b) => a.order - b.order)
  }

  /** @returns {Set<string>} rooms for which something waits */
  rooms() {
    return new Set([...this.#entries.values()].filter(goesOut).map((entry) => entry.room))
  }

  /**
   * @param {{room: string, text: string, kind?: string, reply_to?: number}} message
   * @returns {import("./types.js").Entry}
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

  /** @param {string} room */
  forgetSent(room) {
    for (const entry of this.of(room)) if (entry.isSent) this.settle(entry.id)
  }

  /** @param {string | undefined} id @returns {boolean} whether it was one of ours */
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

  /** @param {import("./types.js").Entry} entry */
  #aged(entry) {
    if (entry.failed) return entry
    if (entry.user !== this.#user) return this.#keep({ ...entry, failed: "earlier" })
    if (this.#now() - entry.at > ENTRY_AGE_MS) return this.#keep({ ...entry, failed: "expired" })
    return entry
  }

  /** @param {import("./types.js").Entry} entry */
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

/** Takes messages from the outbox to the server: one in flight per room, in the order they were written. */
export class Sender {
  #outbox
  #post
  #clock
  #changed
  #hasHeard
  #restAfter
  /** @type {Map<string, string>} room to the id in flight */
  #inFlight = new Map()
  /** @type {Map<string, {until: number, timer: any}>} room to when the server takes messages again */
  #pauses = new Map()
  #isLive = false

  /** @param {import("./types.js").PartsOfSender} parts */
  constructor({ outbox, clock, post, changed, hasHeard, restAfter = () => 0 }) {
    this.#outbox = outbox
    this.#clock = clock
    this.#post = post
    this.#changed = changed
    this.#hasHeard = hasHeard
    this.#restAfter = restAfter
  }

  /** @param {boolean} isLive */
  setLive(isLive) {
    this.#isLive = isLive
    if (isLive) for (const room of this.#outbox.rooms()) void this.flush(room)
  }

  /** @param {string} room @returns {number} when the server takes messages of this room again; 0 for now */
  pausedUntil(room) {
    const until = this.#pauses.get(room)?.until ?? 0
    return until > this.#clock.now() ? until : 0
  }

  /** @param {string} room */
  async flush(room) {
    while (this.#isLive && !this.#inFlight.has(room) && !this.pausedUntil(room)) {
      const entry = this.#outbox.next(room)
      if (!entry) return
      this.#inFlight.set(room, entry.id)
      try {
        await this.#send(entry)
      } finally {
        this.#inFlight.delete(room)
        this.#changed(room)
      }
    }
  }

  /** @param {import("./types.js").Entry} entry */
  async #send(entry) {
    /** @type {any} */
    let timer
    const tooLate = new Promise((resolve) => (timer = this.#clock.setTimeout(() => resolve("late"), ANSWER_MS)))
    try {
      const reply = await Promise.race([this.#post(entry), tooLate])
      if (reply === "late") return this.#outbox.fail(entry.id, "unanswered")
      const rest = this.#restAfter(entry.room)
      if (rest > 0) this.pause(entry.room, rest)
      if (this.#hasHeard(entry.room, reply.seq)) this.#outbox.settle(entry.id)
      else this.#outbox.sent(entry.id)
    } catch (error) {
      this.#refused(entry, error)
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  /** @param {import("./types.js").Entry} entry @param {unknown} error */
  #refused(entry, error) {
    if (error instanceof ConnectionLost) {
      this.#isLive = false
    } else if (error instanceof Refused && error.temporary) {
      this.pause(entry.room, error.retryAfterMs || PAUSE_MS)
    } else if (error instanceof Refused) {
      this.#outbox.fail(entry.id, "refused", error.message)
    } else {
      throw error
    }
  }

  /** Takes the place of a pause that the room has. @param {string} room @param {number} ms from now */
  pause(room, ms) {
    this.#clock.clearTimeout(this.#pauses.get(room)?.timer)
    const timer = this.#clock.setTimeout(() => {
      this.#pauses.delete(room)
      this.#changed(room)
      void this.flush(room)
    }, ms)
    this.#pauses.set(room, { until: this.#clock.now() + ms, timer })
  }
}

/** @param {import("./types.js").Entry} entry */
function goesOut(entry) {
  return !entry.failed && !entry.isSent
}

/** @param {string} text */
function sizeOf(text) {
  return new TextEncoder().encode(text).length
}
