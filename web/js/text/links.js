/** Finds the addresses in a message. Everything else stays the text that it is. */

const SCHEMES = new Set(["http:", "https:", "mailto:"])
// An address ends at blanks, at quotes and brackets of any script, and at Chinese punctuation, which follows it without a blank.
const ADDRESS = /\b(?:https?:\/\/|mailto:)[^\s<>"`{}|\\^“”‘’。，、；：？！（）【】《》〈〉「」『』…—]+/giu
const TRAILING = /[.,;:!?'*_~]+$/u
const BRACKETS = new Map([[")", "("], ["]", "["]])

/**
 * @param {string} text
 * @returns {({text: string, href?: undefined} | {text: string, href: string})[]}
 */
export function linkPieces(text) {
  const pieces = []
  let from = 0
  for (const match of text.matchAll(ADDRESS)) {
    const typed = trimmed(match[0])
    const href = safeAddress(typed)
    if (!href) continue
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) })
    pieces.push({ text: shown(typed, href), href })
    from = match.index + typed.length
  }
  if (from < text.length) pieces.push({ text: text.slice(from) })
  return pieces
}

/** @param {string} address @returns {string | null} the address in its normal form, or null where it must not be a link */
export function safeAddress(address) {
  try {
    const url = new URL(address)
    const isWhole = url.protocol === "mailto:" ? url.pathname.includes("@") : url.hostname !== ""
    return SCHEMES.has(url.protocol) && isWhole ? url.href : null
  } catch {
    return null
  }
}

/** Punctuation that ends the sentence rather than the address. @param {string} address */
function trimmed(address) {
  for (;;) {
    const shorter = withoutOpenBracket(address.replace(TRAILING, ""))
    if (shorter === address) return address
    address = shorter
  }
}

/** @param {string} address */
function withoutOpenBracket(address) {
  const last = address[address.length - 1]
  const opening = BRACKETS.get(last)
  if (!opening) return address
  return count(address, opening) < count(address, last) ? address.slice(0, -1) : address
}

/** @param {string} text @param {string} character */
function count(text, character) {
  return text.split(character).length - 1
}

/** A host name that mixes alphabets may imitate another one, so it is shown as the network sees it. @param {string} typed @param {string} href */
function shown(typed, href) {
  const host = /^https?:\/\/([^/?#]*)/iu.exec(typed)?.[1] ?? ""
  const isMixed = /\p{Script=Latin}/u.test(host) && /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(host)
  return isMixed ? href : typed
}
