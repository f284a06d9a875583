/** Tells whoever asked that a named part of the model has changed. */
export class Emitter {
  /** @type {Map<string, Set<(detail?: any) => void>>} */
  #listeners = new Map()

  /**
   * @param {string} topic
   * @param {(detail?: any) => void} listener
   * @returns {() => void} stops listening
   */
  on(topic, listener) {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** @param {string} topic @param {any} [detail] */
  emit(topic, detail) {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener(detail)
  }
}
