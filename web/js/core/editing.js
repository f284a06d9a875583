/** What keys do to the text in the field beyond sending it, and why somebody may not write. Loaded with the first need. */

const MARKS = new Map([["b", "**"], ["i", "*"], ["e", "`"]])
const FENCE = "```"

/**
 * @typedef {{may_post: boolean, slow_mode_s: number, refusal?: {code: string, message: string, until?: number}}} Rights
 * @typedef {{info: import("./types.js").RoomInfo, you?: Rights | null}} Place a room, as far as writing in it goes
 * @typedef {{text: string, start: number, end: number}} Passage a text, and which part of it is selected
 */

/**
 * What a key does, beyond moving the caret.
 *
 * @param {import("./types.js").Key} event
 * @param {{isEmpty: boolean, isApple: boolean}} field
 * @returns {{does: "mark" | "scroll" | "editLast" | "cancel", mark?: string, by?: number} | null}
 */
export function deedOf({ key, shiftKey, altKey, ctrlKey, metaKey }, { isEmpty, isApple }) {
  if (shiftKey || altKey) return null
  if (ctrlKey || metaKey) {
    const mark = MARKS.get(key.toLowerCase())
    const isCommand = isApple ? metaKey && !ctrlKey : ctrlKey && !metaKey // on a Mac, Ctrl moves the caret
    return mark && isCommand ? { does: "mark", mark } : null
  }
  switch (key) {
    case "PageUp": return { does: "scroll", by: -1 }
    case "PageDown": return { does: "scroll", by: 1 }
    case "ArrowUp": return isEmpty ? { does: "editLast" } : null
    case "Escape": return { does: "cancel" }
    default: return null
  }
}

/**
 * Puts the mark around what is selected, or takes it away where it stands there already.
 *
 * Blanks at the edges stay outside, since Markdown wants none inside; several lines of code become a block.
 *
 * @param {Passage} passage
 * @param {string} mark
 * @returns {{from: number, to: number, words: string, start: number, end: number}} what is replaced by what, and the selection in the new text
 */
export function marked({ text, start, end }, mark) {
  while (start < end && /\s/u.test(text[start])) start += 1
  while (end > start && /\s/u.test(text[end - 1])) end -= 1
  const words = text.slice(start, end)
  if (mark === "`" && words.includes("\n")) {
    const block = fenced(words)
    return { from: start, to: end, words: block, start: start + block.length, end: start + block.length }
  }
  if (isMarked(text, start, end, mark)) {
    return { from: start - mark.length, to: end + mark.length, words, start: start - mark.length, end: end - mark.length }
  }
  return { from: start, to: end, words: mark + words + mark, start: start + mark.length, end: end + mark.length }
}

/** One star around a word, two, and three, which are both. @param {string} text @param {number} start @param {number} end @param {string} mark */
function isMarked(text, start, end, mark) {
  const count = Math.min(countFrom(text, start - 1, -1, mark[0]), countFrom(text, end, 1, mark[0]))
  return mark === "`" ? count > 0 : count === mark.length || count === 3
}

/** @param {string} text @param {number} at @param {1 | -1} step @param {string} sign */
function countFrom(text, at, step, sign) {
  let count = 0
  while (text[at + count * step] === sign) count += 1
  return count
}

/** As a block of code, whose fence is longer than any inside it. @param {string} code */
export function fenced(code) {
  const longest = Math.max(0, ...[...code.matchAll(/^ {0,3}(`{3,})/gmu)].map((match) => match[1].length))
  const fence = longest >= FENCE.length ? "`".repeat(longest + 1) : FENCE
  return `${fence}\n${code.replace(/\n$/u, "")}\n${fence}`
}

/**
 * A pasted part of the text becomes a block of code on lines of its own.
 *
 * @param {string} text
 * @param {string} pasted
 * @returns {string | null} null where it does not stand in the text any more
 */
export function withCodeBlock(text, pasted) {
  const from = text.lastIndexOf(pasted)
  if (from < 0) return null
  const [before, after] = [text.slice(0, from), text.slice(from + pasted.length)]
  const above = before === "" || before.endsWith("\n") ? before : `${before}\n`
  const below = after === "" || after.startsWith("\n") ? after : `\n${after}`
  return above + fenced(pasted) + below
}

/**
 * Why this person cannot write in the room for now.
 *
 * @param {Place | null} room
 * @param {number} now
 * @returns {{why: "archived" | "muted" | "moderators" | "members" | "other", at?: number, message?: string} | null}
 *   `at`: since when, or until when
 */
export function closedBecause(room, now) {
  if (room?.info.archived_at) return { why: "archived", at: room.info.archived_at }
  if (!room?.you || room.you.may_post) return null
  const { refusal } = room.you
  const until = refusal?.until
  if (until !== undefined && until <= now) return null
  if (refusal?.code === "muted") return { why: "muted", at: until }
  const { posting } = /** @type {{posting?: string}} */ (room.info)
  if (posting === "moderators" || posting === "members") return { why: posting }
  return { why: "other", message: refusal?.message }
}
