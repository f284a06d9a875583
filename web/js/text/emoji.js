/**
 * The emoji there are, and how one is found by words of either language.
 *
 * The table is large, so it is fetched once, when somebody first looks for one.
 */

const TABLE = new URL("../../vendor/emoji.json", import.meta.url)
const SPACE = /[\s_:,.!?&()“”‘’'-]+/u
const HAN = /\p{Script=Han}/u
// How far a word is from what was looked for.
const ALIAS = 0
const WORD = 0.5
const OTHER = 1
const BEGINNING = 2
const OTHER_BEGINNING = 3
const FLAG = 2 // more, since the names of countries begin like many words

/**
 * @typedef {{emoji: string, names: {en: string, zh: string}, words: string[], aliases: string[], others: string[], chinese: string[], isFlag: boolean}} Emoji
 *   `words` of the English name, `aliases` of one word, `others` that it is found by; `chinese`: further words
 * @typedef {{all: Emoji[], groups: Emoji[][]}} Table in the order in which they are shown; the last group are flags
 */

/** @type {Promise<Table> | null} */
let asked = null

/** Fails where it cannot be fetched; the next call tries again. @returns {Promise<Table>} */
export function loadTable() {
  asked ??= fetchTable().catch((error) => {
    asked = null
    throw error
  })
  return asked
}

async function fetchTable() {
  const response = await fetch(TABLE)
  if (!response.ok) throw new Error(`no emoji: ${response.status}`)
  return tableOf(await response.json())
}

/** @param {Record<string, string> & {sizes: any}} columns one line for each emoji; `sizes` of the groups @returns {Table} */
export function tableOf({ sizes, ...columns }) {
  const lines = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.split("\n")]))
  const flagsFrom = lines.emoji.length - sizes[sizes.length - 1]
  const all = lines.emoji.map((emoji, index) => ({
    emoji,
    names: { en: lines.en[index], zh: lines.zh[index] },
    words: wordsOf(lines.en[index]),
    aliases: lines.aliases[index].split(" "),
    others: lines.enWords[index].split(" "),
    chinese: lines.zhWords[index].split(" "),
    isFlag: index >= flagsFrom,
  }))
  let from = 0
  const groups = sizes.map((/** @type {number} */ size) => all.slice(from, (from += size)))
  return { all, groups }
}

/**
 * Every word of the query has to be found: Latin ones by their beginning, Chinese ones anywhere.
 *
 * @param {Table} table
 * @param {string} query
 * @param {number} limit
 * @returns {Emoji[]} the best first; none for an empty query
 */
export function search({ all }, query, limit) {
  const wanted = wordsOf(query.normalize("NFKC"))
  if (wanted.length === 0) return []
  const found = []
  for (const emoji of all) {
    const far = distance(emoji, wanted)
    if (far < Infinity) found.push({ emoji, far })
  }
  // The sort keeps the order of the table among equals.
  return found.sort((a, b) => a.far - b.far).slice(0, limit).map((each) => each.emoji)
}

/** @param {Emoji} emoji @param {string[]} wanted @returns {number} how far it is from what was looked for; Infinity for not found */
function distance(emoji, wanted) {
  if (emoji.names.zh === wanted[0] || emoji.words.join(" ") === wanted.join(" ")) return -1
  let sum = emoji.words.length / 100 // of two names that fit alike, the shorter one is meant
  for (const word of wanted) sum += HAN.test(word) ? chineseDistance(emoji, word) : englishDistance(emoji, word)
  return sum + (emoji.isFlag ? FLAG : 0)
}

/** @param {Emoji} emoji @param {string} wanted */
function englishDistance({ words, aliases, others }, wanted) {
  const begins = (/** @type {string} */ word) => word.startsWith(wanted)
  if (aliases.includes(wanted)) return ALIAS
  if (words.includes(wanted)) return WORD
  if (others.includes(wanted)) return OTHER
  if (words.some(begins) || aliases.some(begins)) return BEGINNING
  return others.some(begins) ? OTHER_BEGINNING : Infinity
}

/** @param {Emoji} emoji @param {string} wanted */
function chineseDistance({ names, chinese }, wanted) {
  if (chinese.includes(wanted)) return OTHER
  if (names.zh.includes(wanted)) return BEGINNING
  return chinese.some((word) => word.includes(wanted)) ? OTHER_BEGINNING : Infinity
}

/** @param {string} text */
function wordsOf(text) {
  return text.toLowerCase().split(SPACE).filter(Boolean)
}
