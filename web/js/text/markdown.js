/** Reads the text of a message into a tree of plain objects, never a string of HTML. What is no Markdown stays text. */
import { MarkdownIt, cjkFriendly } from "../../vendor/markdown.js"

const LONGEST = 20_000 // characters; what is longer stays plain
const DEEPEST = 20 // quotes and lists in each other
const WRAPS = new Map([
  ["paragraph_open", "paragraph"], ["strong_open", "strong"], ["em_open", "em"], ["s_open", "strike"], ["blockquote_open", "quote"],
  ["bullet_list_open", "list"], ["ordered_list_open", "list"], ["list_item_open", "item"], ["link_open", "link"],
])
const SCHEMES = new Set(["http:", "https:", "mailto:"])
const SCHEME = /\b(?:https?:\/\/|mailto:)/giu
// An address ends at blanks, at quotes and brackets of any script, and at Chinese punctuation, which follows it without a blank.
const ADDRESS = /\b(?:https?:\/\/|mailto:)[^\s<>"`{}|\\^“”‘’。，、；：？！（）【】《》〈〉「」『』…—]+/iuy
const TRAILING = /[.,;:!?'*_~]+$/u
const FOREIGN = /[^\P{L}\p{scx=Latin}\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Hangul}]/u
const BRACKETS = new Map([[")", "("], ["]", "["]])

const markdown = reader()

/** @param {string} text @returns {import("../core/types.js").Node[]} */
export function treeOf(text) {
  const plain = [{ type: "plain", children: withLinks(text) }]
  if (text.length > LONGEST) return plain
  try {
    const tokens = markdown.parse(text, {})
    if (tokens.some((token) => token.level >= DEEPEST)) return plain
    const { nodes } = nest(tokens, 0)
    return hasWords(nodes) ? nodes : plain
  } catch {
    return plain
  }
}

/** @param {import("../core/types.js").Node[]} nodes @returns {string} */
export function wordsOf(nodes) {
  const isBlock = (/** @type {import("../core/types.js").Node} */ node) => node.type === "paragraph" || node.type === "item" || node.type === "fence"
  return nodes.map((node) => (node.text ?? wordsOf(node.children ?? [])) + (isBlock(node) ? " " : "")).join("")
}

function reader() {
  const parser = new MarkdownIt("zero", { maxNesting: DEEPEST + 1 })
  parser.enable(["fence", "blockquote", "list", "newline", "escape", "backticks", "strikethrough", "emphasis", "link"])
  parser.use(cjkFriendly)
  parser.inline.ruler.before("newline", "address", address)
  parser.validateLink = (/** @type {string} */ href) => safeAddress(href) !== null
  parser.normalizeLink = (/** @type {string} */ href) => href
  return parser
}

/**
 * An address as it is typed. It is taken whole, so that nothing in it is read as emphasis.
 *
 * @param {any} state
 * @param {boolean} isSilent
 */
function address(state, isSilent) {
  if (state.src[state.pos] !== ":" || state.linkLevel > 0) return false
  const scheme = /(?:^|[^a-z0-9_])(https?|mailto)$/iu.exec(state.pending)?.[1]
  if (!scheme) return false
  const found = linkAt(state.src, state.pos - scheme.length)
  if (!found) return false
  if (isSilent) return true
  state.pending = state.pending.slice(0, -scheme.length)
  state.push("link_open", "a", 1).attrs = [["href", found.href]]
  state.push("text", "", 0).content = found.text
  state.push("link_close", "a", -1)
  state.pos += found.typed.length - scheme.length
  return true
}

/** @param {any[]} tokens @param {number} from @returns {{nodes: import("../core/types.js").Node[], next: number}} up to the token that closes what was opened before `from` */
function nest(tokens, from) {
  /** @type {import("../core/types.js").Node[]} */
  const nodes = []
  let index = from
  for (; index < tokens.length; index += 1) {
    const token = tokens[index]
    if (token.nesting < 0) break
    if (token.nesting === 0) {
      nodes.push(...leaf(token))
      continue
    }
    const inner = nest(tokens, index + 1)
    if (token.hidden) nodes.push(...inner.nodes)
    else nodes.push(wrap(token, inner.nodes))
    index = inner.next
  }
  return { nodes, next: index }
}

/** @param {any} token @param {import("../core/types.js").Node[]} children @returns {import("../core/types.js").Node} */
function wrap(token, children) {
  const type = WRAPS.get(token.type)
  if (!type) throw new Error(`no place for ${token.type}`)
  if (type === "list") return { type, start: token.type === "ordered_list_open" ? Number(token.attrGet("start") ?? 1) : null, children }
  if (type === "link") return { type, href: safeAddress(token.attrGet("href") ?? "") ?? "", children }
  return { type, children }
}

/** @param {any} token @returns {import("../core/types.js").Node[]} */
function leaf(token) {
  switch (token.type) {
    case "inline": return nest(token.children, 0).nodes
    case "text": return token.content === "" ? [] : [{ type: "text", text: token.content }]
    case "softbreak":
    case "hardbreak": return [{ type: "text", text: "\n" }]
    case "code_inline": return [{ type: "code", text: token.content }]
    case "fence": return [{ type: "fence", text: token.content.replace(/\n$/u, ""), language: token.info.trim().split(/\s/u)[0] }]
    default: throw new Error(`no place for ${token.type}`)
  }
}

/** @param {import("../core/types.js").Node[]} nodes */
function hasWords(nodes) {
  return wordsOf(nodes).trim() !== ""
}

/** @param {string} text @returns {import("../core/types.js").Node[]} */
function withLinks(text) {
  return linkPieces(text).map((piece) => {
    const words = { type: "text", text: piece.text }
    return piece.href ? { type: "link", href: piece.href, children: [words] } : words
  })
}

/**
 * @param {string} text
 * @returns {{text: string, typed: string, href?: string}[]} `typed`: what stands there in the message
 */
export function linkPieces(text) {
  const pieces = []
  let from = 0
  for (const { index } of text.matchAll(SCHEME)) {
    const link = index < from ? null : linkAt(text, index)
    if (!link) continue
    if (index > from) pieces.push(asTyped(text.slice(from, index)))
    pieces.push(link)
    from = index + link.typed.length
  }
  if (from < text.length) pieces.push(asTyped(text.slice(from)))
  return pieces
}

/** @param {string} text @param {number} index @returns {{text: string, typed: string, href: string} | null} */
function linkAt(text, index) {
  ADDRESS.lastIndex = index
  const match = ADDRESS.exec(text)
  const typed = match ? trimmed(match[0]) : ""
  const href = match ? safeAddress(typed) : null
  return href === null ? null : { text: shown(typed, href), typed, href }
}

/** @param {string} text @returns {{text: string, typed: string, href?: string}} */
function asTyped(text) {
  return { text, typed: text }
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

/** @param {string} address */
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

/**
 * A host name that mixes alphabets may imitate another one, so it is shown as the network sees it.
 *
 * @param {string} typed
 * @param {string} href
 */
function shown(typed, href) {
  const host = /^https?:\/\/([^/?#]*)/iu.exec(typed)?.[1] ?? ""
  const isMixed = /\p{Script=Latin}/u.test(host) && FOREIGN.test(host)
  return isMixed ? href : typed
}
