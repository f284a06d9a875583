/** The one of each that all parts of the page share. */
import { Chat } from "./core/chat.js"
import { Translator } from "./core/i18n.js"
import { Preferences } from "./core/preferences.js"
import { openStorage } from "./core/storage.js"
import { Router } from "./router.js"

const storage = openStorage()
const clock = {
  now: () => Date.now(),
  setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ ms) => setTimeout(callback, ms),
  clearTimeout: (/** @type {any} */ id) => clearTimeout(id),
}

export const router = new Router()
export const preferences = new Preferences(storage)
export const translator = new Translator()
export const chat = new Chat({ address: `${location.protocol.replace("http", "ws")}//${location.host}/ws`, clock, storage })

/** @param {string} key @param {Record<string, string | number>} [values] */
export const t = (key, values) => translator.t(key, values)
