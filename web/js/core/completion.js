/** What may be completed where the caret stands, and with what. */

export const ROWS = 8
// A name after a sign. Ahead of the sign stands no letter of an e-mail address; Chinese text may stand there without a blank.
const CALL = /(?<![\w.+/-])([@#])((?:[^\s@#]+ ?){0,3})$/u
// An emoji by at least two letters, so that a sign ahead of one does not open the list at the end of a sentence; by a Chinese
// word only behind a blank, since Chinese goes on behind a colon.
const EMOJI = /(?<![\w:])(:)([+-]1|[a-z][a-z0-9_+-]+)$|(?<=^|\s)([:：])(\p{Script=Han}{1,6}|[a-z][a-z0-9_+-]+)$/iu
const COMMAND = /^(\/)(\p{L}*)$/u

/**
 * @typedef {{sign: string, from: number, query: string}} Trigger `from`: where the sign stands
 * @typedef {{value: string, label: string, detail?: string, user?: import("./types.js").User, sign?: string, also?: string[], rank?: number}} Candidate
 *   `value` is what is put in; `sign` stands ahead of the label; `also`: by what else it is found, such as pinyin
 */

/** @param {string} text @param {number} caret @returns {Trigger | null} */
export function triggerAt(text, caret) {
  const before = text.slice(0, caret)
  const emoji = EMOJI.exec(before)
  if (emoji) return { sign: ":", from: emoji.index, query: emoji[2] ?? emoji[4] }
  const match = COMMAND.exec(before) ?? CALL.exec(before)
  return match ? { sign: match[1], from: match.index, query: match[2] } : null
}

/**
 * The best few: names that begin so, then names with a word that begins so, then the rest that has it somewhere; none
 * behind a whole name and a blank.
 *
 * @param {Candidate[]} candidates
 * @param {string} query
 * @returns {Candidate[]}
 */
export function matching(candidates, query) {
  const wanted = folded(query)
  const isFinished = wanted.endsWith(" ") && candidates.some(({ label }) => `${folded(label)} ` === wanted)
  if (isFinished) return []
  const found = []
  for (const candidate of candidates) {
    const places = [candidate.label, ...(candidate.also ?? [])].map((name) => placeOf(folded(name), wanted))
    const place = Math.min(...places.filter((each) => each >= 0), Infinity)
    if (place < Infinity) found.push({ candidate, order: place * 10 + (candidate.rank ?? 0) })
  }
  // What is written out whole needs no list, so that Enter sends it.
  if (found.length === 1 && folded(found[0].candidate.label) === wanted) return []
  return found.sort((a, b) => a.order - b.order || a.candidate.label.localeCompare(b.candidate.label)).slice(0, ROWS).map((each) => each.candidate)
}

/** @param {string} name @param {string} wanted @returns {number} 0 for the beginning, 1 for the beginning of a word, 2 for elsewhere, -1 for nowhere */
function placeOf(name, wanted) {
  const index = name.indexOf(wanted)
  if (index <= 0) return index
  return name.split(/[\s_.-]+/u).some((word) => word.startsWith(wanted)) ? 1 : 2
}

/** @param {string} text */
function folded(text) {
  return text.normalize("NFKC").toLowerCase()
}
