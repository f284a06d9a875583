/** Takes messages from the outbox to the server: one in flight per room, in the order they were written. */
import { ConnectionLost, Refused } from "./socket.js"

export const ANSWER_MS = 15_000
const PAUSE_MS = 1_000

/**
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./outbox.js").Outbox} Outbox
 */

export class Sender {
  #outbox
  #post
  #clock
  #changed
  #hasHeard
  #restAfter
  /** @type {Map<string, string>} room to the id in flight */
  #inFlight = new Map()
  /** @type {Map<string, number>} room to when the server takes messages again */
  #pausedUntil = new Map()
  #isLive = false

  /**
   * @param {{
   *   outbox: Outbox, clock: import("./types.js").Clock,
   *   post: (entry: Entry) => Promise<any>, changed: (room: string) => void,
   *   hasHeard: (room: string, seq: number) => boolean, restAfter?: (room: string) => number,
   * }} parts `restAfter`: how long the room wants no second message, in milliseconds
   */
  constructor({ outbox, clock, post, changed, hasHeard, restAfter = () => 0 }) {
    this.#outbox = outbox
    this.#clock = clock
    this.#post = post
    this.#changed = changed
    this.#hasHeard = hasHeard
    this.#restAfter = restAfter
  }

  /** Whether history has caught up; nothing goes out before that. @param {boolean} isLive */
  setLive(isLive) {
    this.#isLive = isLive
    if (isLive) for (const room of this.#outbox.rooms()) void this.flush(room)
  }

  /** @param {string} room @returns {number} when the server takes messages of this room again; 0 for now */
  pausedUntil(room) {
    const until = this.#pausedUntil.get(room) ?? 0
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

  /** @param {Entry} entry */
  async #send(entry) {
    /** @type {any} */
    let timer
    const tooLate = new Promise((resolve) => (timer = this.#clock.setTimeout(() => resolve("late"), ANSWER_MS)))
    try {
      const reply = await Promise.race([this.#post(entry), tooLate])
      if (reply === "late") return this.#outbox.fail(entry.id, "unanswered")
      const rest = this.#restAfter(entry.room)
      if (rest > 0) this.#pause(entry.room, rest)
      if (this.#hasHeard(entry.room, reply.seq)) this.#outbox.settle(entry.id)
      else this.#outbox.sent(entry.id)
    } catch (error) {
      this.#refused(entry, error)
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  /** @param {Entry} entry @param {unknown} error */
  #refused(entry, error) {
    if (error instanceof ConnectionLost) {
      this.#isLive = false
    } else if (error instanceof Refused && error.temporary) {
      this.#pause(entry.room, error.retryAfterMs || PAUSE_MS)
    } else if (error instanceof Refused) {
      this.#outbox.fail(entry.id, "refused", error.message)
    } else {
      throw error
    }
  }

  /** @param {string} room @param {number} ms */
  #pause(room, ms) {
    this.#pausedUntil.set(room, this.#clock.now() + ms)
    this.#clock.setTimeout(() => {
      this.#pausedUntil.delete(room)
      this.#changed(room)
      void this.flush(room)
    }, ms)
  }
}
