/** What the browser keeps between visits: preferences, and drafts of what is not yet sent. */
import { Emitter } from "./emitter.js"

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
 *
 * @typedef {{
 *   locale: string | null, theme: string | null, enter: "send" | "break" | null, typing: boolean, sound: boolean,
 *   notifications: boolean, isPanelOpen: boolean, isBrowsing: boolean, name: string, room: string | null, pinned: string[],
 *   recentEmoji: string[],
 * }} Values `null`: as the system or the kind of pointer has it. `enter`: what the bare key does; `typing`: whether others
 *   are told; `pinned`: rooms by `roomKey`; `isBrowsing`: whether the open rooms are listed; `recentEmoji`: the newest first
 */
export class Preferences extends Emitter {
  #storage
  /** @type {Values} */
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

/** @typedef {{text: string, caret?: number, reply_to?: number, at?: number}} Draft */

/** What is typed and not yet sent, per account and room. */
export class Drafts {
  #storage
  #prefix

  /** @param {import("./types.js").Storage} storage @param {string} account */
  constructor(storage, account) {
    this.#storage = storage
    this.#prefix = `${DRAFTS}.${account}.`
  }

  /** Whoever types has another name now. @param {string} account */
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

  /** @param {string} room @returns {Draft | null} */
  get(room) {
    return parse(this.#storage.getItem(this.#prefix + room))
  }

  /**
   * Keeps the draft, or forgets it when nothing is left in it.
   *
   * @param {string} room
   * @param {Draft} draft
   */
  set(room, draft) {
    if (draft.text === "" && draft.reply_to === undefined) this.#storage.removeItem(this.#prefix + room)
    else this.#storage.setItem(this.#prefix + room, JSON.stringify(draft))
  }

  /** @param {string} room */
  has(room) {
    return (this.get(room)?.text ?? "") !== ""
  }

  /** The room whose draft lies under this key of the storage, for the storage events of other tabs. @param {string | null} key */
  roomOf(key) {
    return key?.startsWith(this.#prefix) ? key.slice(this.#prefix.length) : null
  }
}

/** @param {string | null} stored @returns {Draft | null} */
function parse(stored) {
  try {
    const draft = JSON.parse(stored ?? "null")
    return typeof draft?.text === "string" ? draft : null
  } catch {
    return null
  }
}
