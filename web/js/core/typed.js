/** What is typed: what a key in the text field means, what is written there as a message, and who and what is called in it. */

const COMPOSING_KEY_CODE = 229
const ACTION = "/me "
// What the server calls blank.
const BLANK = /^(?:(?!\uFEFF)[\s\x1C-\x1F\x85])*$/u

/** Whether an input method is at work. Safari ends the composition before the keydown of the Enter that ended it: only the key code tells. */
export class Composition {
  #isActive = false

  start() {
    this.#isActive = true
  }

  end() {
    this.#isActive = false
  }

  get isActive() {
    return this.#isActive
  }

  /** @param {{isComposing?: boolean, keyCode?: number}} event */
  covers(event) {
    return Boolean(event.isComposing) || event.keyCode === COMPOSING_KEY_CODE || this.#isActive
  }
}

/** @param {import("./types.js").Habit} habit */
export function enterSends({ isCoarse, enter = null }) {
  return enter === null ? !isCoarse : enter === "send"
}

/** @param {import("./types.js").Key} event @param {import("./types.js").Habit} habit */
export function isSendKey(event, habit) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false
  return event.ctrlKey || event.metaKey || enterSends(habit)
}

/** @param {string} text @param {number} caret */
export function isInsideFence(text, caret) {
  const fences = text.slice(0, caret).match(/^ {0,3}```/gm) ?? []
  return fences.length % 2 === 1
}

/** @param {string} typed @returns {{text: string, kind?: "action"}} */
export function messageOf(typed) {
  const isAction = typed.startsWith(ACTION) && !isBlank(typed.slice(ACTION.length))
  return isAction ? { text: typed.slice(ACTION.length), kind: "action" } : { text: typed }
}

/** @param {string} text */
export function isBlank(text) {
  return BLANK.test(text)
}

/** In code points, as the server counts. @param {string} text */
export function lengthOf(text) {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/**
 * Where people are called by name, or rooms behind a `#`. Names may hold blanks, and Chinese goes on without one.
 *
 * @param {string} text
 * @param {Iterable<string>} names
 * @param {"@" | "#"} [sign]
 * @returns {{text: string, name?: string}[]}
 */
export function mentionPieces(text, names, sign = "@") {
  if (!text.includes(sign)) return [{ text }]
  const known = new Map([...names].map((name) => [name.toLowerCase(), name]))
  const longestFirst = [...known.keys()].sort((a, b) => b.length - a.length)
  const lower = text.toLowerCase()
  /** @type {{text: string, name?: string}[]} */
  const pieces = []
  let from = 0
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
    if (/[\w.+-]/u.test(text[at - 1] ?? "")) continue
    const name = longestFirst.find((each) => lower.startsWith(each, at + 1) && endsThere(lower, at + 1 + each.length, sign))
    if (name === undefined) continue
    if (at > from) pieces.push({ text: text.slice(from, at) })
    from = at + 1 + name.length
    pieces.push({ text: text.slice(at, from), name: known.get(name) })
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

/** @param {string} text @param {number} end of a name @param {string} sign */
function endsThere(text, end, sign) {
  if (sign === "#" && /^-\w/u.test(text.slice(end, end + 2))) return false
  if (/\p{Script=Han}/u.test(text[end - 1])) return true
  return !/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_]/u.test(text[end] ?? "")
}

/** @param {import("./types.js").User} user @param {import("./types.js").Message} message */
export function isCalled(user, { text }) {
  return mentionPieces(text ?? "", [user.name]).some((piece) => piece.name !== undefined)
}
