/** The one of each that all parts of the page share, and the address that says which room is looked at. */
import { Chat } from "./core/chat.js"
import { Translator } from "./core/i18n.js"
import { openStorage, Preferences } from "./core/storage.js"
import { Emitter } from "./core/emitter.js"

const ROOM_PATH = /^\/r\/([^/]+)\/?$/u
const MESSAGE_MARK = /^#(\d{1,15})$/u
const LINK = /^\?(invite|reset)=(\w+)$/u

/** Which room and which sheet the address stands for, each step an entry of the history: `up` says how many steps lead back to the list of rooms. Topic: `change`. */
class Router extends Emitter {
  /** What somebody came by: `[…, "invite" or "reset", token]`. */
  link = LINK.exec(location.search)
  #isGoingUp = false

  constructor() {
    super()
    // At once, so that neither the history nor anything that is asked for has the token.
    if (this.link) history.replaceState(null, "", "/")
    addEventListener("popstate", () => this.#stepped())
  }

  /** @returns {string | null} */
  get room() {
    const match = ROOM_PATH.exec(location.pathname)
    try {
      return match ? decodeURIComponent(match[1]) : null
    } catch {
      return null
    }
  }

  /** @returns {number | null} */
  get message() {
    const match = MESSAGE_MARK.exec(location.hash)
    return match ? Number(match[1]) : null
  }

  get isSheetOpen() {
    return history.state?.sheet === true
  }

  /** @param {string | null} room null for the list of rooms @param {string} [mark] of a message in it: `#4711` */
  go(room, mark = "") {
    if (room === this.room && !this.isSheetOpen && !mark) return
    history.pushState({ up: this.#upFromNext }, "", addressOf(room) + mark)
    this.emit("change")
  }

  /** @param {string | null} room */
  replace(room) {
    history.replaceState({ up: this.room === null ? undefined : history.state?.up }, "", addressOf(room) + (room === this.room ? location.hash : ""))
    this.emit("change")
  }

  openSheet() {
    history.pushState({ up: this.#upFromNext, sheet: true }, "", location.pathname)
    this.emit("change")
  }

  closeSheet() {
    if (this.isSheetOpen) history.back()
  }

  /** To the list of rooms, through which somebody came, or which stands from now on where they are. */
  toList() {
    const { up } = history.state ?? {}
    // It may be farther back than the browser remembers.
    if (!up || up >= history.length) return this.replace(null)
    this.#isGoingUp = true
    history.go(-up)
  }

  #stepped() {
    const isElsewhere = this.#isGoingUp && this.room !== null
    this.#isGoingUp = false
    // Another room may stand in the place of the list by now.
    if (isElsewhere) this.replace(null)
    else this.emit("change")
  }

  /** @returns {number | undefined} */
  get #upFromNext() {
    const up = this.room === null ? 0 : history.state?.up
    return up === undefined ? undefined : up + 1
  }
}

const storage = openStorage()
export const clock = {
  now: () => Date.now(),
  setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ ms) => setTimeout(callback, ms),
  clearTimeout: (/** @type {any} */ id) => clearTimeout(id),
}

export const router = new Router()
export const preferences = new Preferences(storage)
export const translator = new Translator()
export const chat = new Chat({ address: `${location.protocol.replace("http", "ws")}//${location.host}/ws`, clock, storage })

chat.serverName = document.title

/** @param {string} key @param {Record<string, string | number>} [values] */
export const t = (key, values) => translator.t(key, values)

/** @param {string | null} room */
export function addressOf(room) {
  return room === null ? "/" : `/r/${encodeURIComponent(room)}`
}
