/** Who is typing, and how often this page says that its own person is. Loaded with the first who types. */

export const TOLD_EVERY_MS = 3_000
export const SHOWN_MS = 6_000

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

  /** @param {string} room @param {number} userId */
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

  mayTell() {
    if (this.#clock.now() - this.#toldAt < TOLD_EVERY_MS) return false
    this.#toldAt = this.#clock.now()
    return true
  }

  rest() {
    this.#toldAt = -Infinity
  }
}
