/** What this browser prefers: language, colours, whether the panel is open. */
import { Emitter } from "./emitter.js"

const KEY = "sanchat.preferences"

/** Topic: `change`. */
export class Preferences extends Emitter {
  #storage
  /** @type {{locale: string | null, theme: string | null, isPanelOpen: boolean, name: string, room: string | null}} */
  values = { locale: null, theme: null, isPanelOpen: true, name: "", room: null }

  /** @param {import("./types.js").Storage} storage */
  constructor(storage) {
    super()
    this.#storage = storage
    try {
      this.values = { ...this.values, ...JSON.parse(storage.getItem(KEY) ?? "{}") }
    } catch {
      storage.removeItem(KEY)
    }
  }

  /** @param {Partial<Preferences["values"]>} values */
  set(values) {
    this.values = { ...this.values, ...values }
    this.#storage.setItem(KEY, JSON.stringify(this.values))
    this.emit("change")
  }
}
