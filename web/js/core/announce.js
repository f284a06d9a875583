/** Gathers new messages for the screen reader: at most one sentence every second and a half. */

export const ANNOUNCE_EVERY_MS = 1_500
export const READ_OUT = 3 // messages

export class Announcer {
  #clock
  #say
  /** @type {string[]} */
  #waiting = []
  #isResting = false

  /** @param {import("./types.js").Clock} clock @param {(lines: string[], more: number) => void} say gets at most READ_OUT lines, or a count */
  constructor(clock, say) {
    this.#clock = clock
    this.#say = say
  }

  /** @param {string} line */
  add(line) {
    this.#waiting.push(line)
    if (!this.#isResting) this.#flush()
  }

  #flush() {
    const lines = this.#waiting.splice(0)
    this.#isResting = lines.length > 0
    if (!this.#isResting) return
    this.#clock.setTimeout(() => this.#flush(), ANNOUNCE_EVERY_MS)
    if (lines.length > READ_OUT) this.#say([], lines.length)
    else this.#say(lines, 0)
  }
}
