/** Finds in a text where people are called. */

/**
 * Where people are called by name. Names may hold blanks, and Chinese goes on without one.
 *
 * @param {string} text
 * @param {Iterable<string>} names
 * @returns {{text: string, name?: string}[]}
 */
export function mentionPieces(text, names) {
  if (!text.includes("@")) return [{ text }]
  const known = new Map([...names].map((name) => [name.toLowerCase(), name]))
  const longestFirst = [...known.keys()].sort((a, b) => b.length - a.length)
  const lower = text.toLowerCase()
  /** @type {{text: string, name?: string}[]} */
  const pieces = []
  let from = 0
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (/[\w.+-]/u.test(text[at - 1] ?? "")) continue
    const name = longestFirst.find((each) => lower.startsWith(each, at + 1) && endsThere(lower, at + 1 + each.length))
    if (name === undefined) continue
    if (at > from) pieces.push({ text: text.slice(from, at) })
    from = at + 1 + name.length
    pieces.push({ text: text.slice(at, from), name: known.get(name) })
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

/** Whether nothing that would make the name longer follows. @param {string} text @param {number} end of a name */
function endsThere(text, end) {
  if (/\p{Script=Han}/u.test(text[end - 1])) return true
  return !/[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{N}_]/u.test(text[end] ?? "")
}

/** @param {import("./types.js").User} user @param {import("./types.js").Message} message */
export function isCalled(user, { text }) {
  return mentionPieces(text ?? "", [user.name]).some((piece) => piece.name !== undefined)
}
