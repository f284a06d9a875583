/**
 * Colours code: the token tree of a highlighter becomes a flat list of pieces, from which the page makes templates.
 *
 * The highlighter is large, so it comes with the first block that names a language it knows.
 */

const LONGEST = 20 * 1024 // bytes; longer code stays plain
const ENDLESS = /\S{200}|\s{500}/u // for which the highlighter would need the square of their length
const PREFIX = "hljs-"

/** Names of languages as people write them behind the three backticks, those of the highlighter's own list included. */
export const KNOWN = new Set(`
  bash sh zsh cpp c h cc c++ h++ hpp hh hxx cxx css diff patch go golang ini toml java jsp javascript js jsx mjs cjs json jsonc json5
  python py gyp ipython rust rs sql typescript ts tsx mts cts xml html xhtml rss atom xjb xsd xsl plist wsf svg yaml yml
`.split(/\s+/u).filter(Boolean))

/** What is worth a colour. What is not named here looks like its surroundings. */
const KINDS = new Map([
  ["keyword", "keyword"], ["literal", "keyword"], ["selector-tag", "keyword"], ["name", "keyword"], ["doctag", "keyword"],
  ["string", "string"], ["regexp", "string"], ["addition", "string"], ["char", "string"], ["link", "string"],
  ["title", "function"], ["built_in", "function"], ["section", "function"], ["type", "function"],
  ["selector-class", "function"], ["selector-id", "function"],
  ["comment", "comment"], ["quote", "comment"],
  ["meta", "meta"], ["attr", "meta"], ["attribute", "meta"], ["symbol", "meta"], ["bullet", "meta"],
  ["deletion", "deletion"],
  ["subst", ""],
])

/** @typedef {{text: string, kind: string}} Piece `kind`: one of the values of KINDS, "" for plain */

/**
 * @param {string} code
 * @param {string} language as it was written
 * @returns {boolean} whether colours are to be had for it
 */
export function isColoured(code, language) {
  return KNOWN.has(language.toLowerCase()) && new TextEncoder().encode(code).length <= LONGEST && !ENDLESS.test(code)
}

/**
 * @param {string} code
 * @param {string} language one of KNOWN
 * @returns {Promise<Piece[]>} which together are the code; fails where the highlighter cannot be had
 */
export async function highlighted(code, language) {
  const { lowlight } = await import("../../vendor/highlight.js")
  /** @type {Piece[]} */
  const pieces = []
  flatten(lowlight.highlight(language.toLowerCase(), code).children, "", pieces)
  return pieces
}

/** @param {any[]} nodes @param {string} kind of what is around them @param {Piece[]} pieces to which they are added */
function flatten(nodes, kind, pieces) {
  for (const node of nodes) {
    if (node.type !== "text") {
      flatten(node.children, kindOf(node) ?? kind, pieces)
      continue
    }
    const last = pieces[pieces.length - 1]
    if (last?.kind === kind) last.text += node.value
    else pieces.push({ text: node.value, kind })
  }
}

/** @param {any} element */
function kindOf({ properties }) {
  const name = String(properties.className?.[0] ?? "")
  return KINDS.get(name.slice(PREFIX.length))
}

/** @param {Piece[]} pieces @param {number} count @returns {Piece[]} the first lines, without the break behind the last */
export function firstLines(pieces, count) {
  const found = []
  for (const { text, kind } of pieces) {
    const end = nthBreak(text, count)
    if (end >= 0) return [...found, { text: text.slice(0, end), kind }]
    count -= text.split("\n").length - 1
    found.push({ text, kind })
  }
  return found
}

/** @param {string} text @param {number} count @returns {number} where the break of this number stands, -1 where there are fewer */
function nthBreak(text, count) {
  let index = -1
  for (; count > 0; count -= 1) {
    index = text.indexOf("\n", index + 1)
    if (index < 0) return -1
  }
  return index
}
