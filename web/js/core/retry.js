/** When to come back after a connection ended, and whether to come back at all. */

export const RETRY_FLOOR_MS = 250
export const RETRY_CEILING_MS = 30_000
const RETRY_BASE_MS = 1_000

const GOODBYE = 1000
const BROKEN = new Set([1003, 1007, 1009, 4503])
const REASONS = new Map([
  [4501, "kicked"],
  [4502, "banned"],
  [4504, "no-room"],
  [4505, "signed-out"],
  [4506, "name-taken"],
])

/**
 * A random wait, so that a thousand pages do not return to a restarted server in the same second.
 *
 * @param {number} attempt 0 for the first
 * @param {() => number} random from 0 (inclusive) to 1 (exclusive)
 */
export function retryDelay(attempt, random) {
  const highest = Math.min(RETRY_CEILING_MS, RETRY_BASE_MS * 2 ** attempt)
  return RETRY_FLOOR_MS + random() * (highest - RETRY_FLOOR_MS)
}

/**
 * @param {number} code of the close frame; 1005 and 1006 where there was none
 * @returns {{returns: true} | {returns: false, reason: string}}
 */
export function adviceFor(code) {
  if (code === GOODBYE) return { returns: false, reason: "goodbye" }
  if (BROKEN.has(code)) return { returns: false, reason: "broken" }
  if (code >= 4500 && code <= 4999) return { returns: false, reason: REASONS.get(code) ?? "refused" }
  return { returns: true }
}
