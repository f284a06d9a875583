/** Finds in a text where people are called, and rooms. */

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

/** Whether nothing that would make the name longer follows; rooms are named with dashes. @param {string} text @param {number} end of a name @param {string} sign */
function endsThere(text, end, sign) {
  if (sign === "#" && /^-\w/u.test(text.slice(end, end + 2))) return false
  if (/\p{Script=Han}/u.test(text[end - 1])) return true
  return !/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_]/u.test(text[end] ?? "")
}

/** @param {import("./types.js").User} user @param {import("./types.js").Message} message */
export function isCalled(user, { text }) {
  return mentionPieces(text ?? "", [user.name]).some((piece) => piece.name !== undefined)
}
