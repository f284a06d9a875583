/** Decides what is worth a notification and a sound. */

export const SOUND_EVERY_MS = 3_000

/**
 * @param {{
 *   level?: import("./types.js").Level, isDirect: boolean, isCalled: boolean, isInView: boolean,
 * }} news `isInView`: its room is looked at, in a window that is in use
 */
export function deserves({ level = "mentions", isDirect, isCalled, isInView }) {
  if (isInView || level === "none") return false
  return level === "all" || isDirect || isCalled
}

/** Lets one through in a while. */
export class Pause {
  #ms
  #last = -Infinity

  /** @param {number} ms */
  constructor(ms) {
    this.#ms = ms
  }

  /** @param {number} now milliseconds @returns {boolean} whether the last one was long enough ago; then this is the last one */
  isOver(now) {
    if (now - this.#last < this.#ms) return false
    this.#last = now
    return true
  }
}
