/** What is typed and not yet sent, per account and room, kept in the browser's storage. */

const PREFIX = "sanchat.draft"

/** @typedef {{text: string, caret?: number, reply_to?: number, at?: number}} Draft */

export class Drafts {
  #storage
  #prefix

  /** @param {import("./types.js").Storage} storage @param {string} account */
  constructor(storage, account) {
    this.#storage = storage
    this.#prefix = `${PREFIX}.${account}.`
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
