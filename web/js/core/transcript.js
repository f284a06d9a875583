/** Writes messages down for a file that somebody keeps. */
import { isVeiled } from "./timeline.js"

export const FORMATS = ["txt", "jsonl"]

/** @typedef {import("./types.js").Message} Message */

/**
 * One page as lines, the oldest message first. What one is not shown is left out; of a deleted message stands that it was there.
 *
 * @param {Message[]} messages
 * @param {string} format one of FORMATS
 * @returns {string} ends with a line break where there is anything
 */
export function transcribe(messages, format) {
  const line = format === "jsonl" ? asJson : asText
  return messages.filter((message) => !isVeiled(message)).map((message) => `${line(message)}\n`).join("")
}

/** @param {Message} message */
function asJson(message) {
  return JSON.stringify(message)
}

/** @param {Message} message */
function asText({ sent_at: sentAt, user, kind, text, deleted_at: deletedAt }) {
  const time = new Date(sentAt).toISOString().slice(0, 19).replace("T", " ")
  const words = deletedAt ? "—" : (text ?? "").replaceAll("\n", "\n    ")
  return kind === "action" ? `[${time}] * ${user.name} ${words}` : `[${time}] <${user.name}> ${words}`
}

/**
 * A room's whole history, from the newest page to the oldest, as parts of a file in the order of reading.
 *
 * @param {{
 *   page: (before: number | null) => Promise<{messages: Message[], more: boolean}>, format: string, signal: AbortSignal,
 *   progress: (messages: number) => void,
 * }} parts `page` fails as the network does; `progress` hears how many messages are written
 * @returns {Promise<Blob[]>} rejects with the reason of `signal` once that is aborted
 */
export async function gather({ page, format, signal, progress }) {
  /** @type {Blob[]} */
  const parts = []
  /** @type {number | null} */
  let before = null
  let count = 0
  for (;;) {
    signal.throwIfAborted()
    const { messages, more } = await page(before)
    signal.throwIfAborted()
    parts.unshift(new Blob([transcribe(messages, format)]))
    count += messages.length
    progress(count)
    if (!more || messages.length === 0) return parts
    before = messages[0].seq
  }
}
