/**
 * Makes the table behind the emoji picker: what there is, and by which words it is found in English and in Chinese.
 *
 * Everything in it that searching would find anyway is left out, since it is the largest thing a page may ever load.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"

const NEWEST = 15.1 // what the oldest supported systems can draw
const COMPONENTS = 2 // skin tones and hair, which are nothing by themselves
const WORDS = 5 // for one emoji in one language, besides those of its name

/** @param {string} modules the folder of the installed packages @returns {Promise<string>} the JSON of vendor/emoji.json */
export async function emojiTable(modules) {
  const [english, chinese] = await Promise.all(["en", "zh"].map((language) => source(modules, language)))
  const shown = english.filter(({ version, group }) => version <= NEWEST && group !== COMPONENTS).sort((a, b) => a.order - b.order)
  const translated = new Map(chinese.map((entry) => [entry.emoji, entry]))
  const groups = [...new Set(shown.map(({ group }) => group))]
  const columns = {
    emoji: shown.map(({ emoji }) => withoutNeedlessSelectors(emoji)),
    en: shown.map(({ annotation }) => annotation.toLowerCase()),
    aliases: shown.map((entry) => aliasesOf(entry).join(" ")),
    enWords: shown.map(englishWords),
    zh: shown.map(({ emoji }) => chineseName(translated.get(emoji))),
    zhWords: shown.map(({ emoji }) => chineseWords(translated.get(emoji))),
  }
  const joined = Object.entries(columns).map(([name, values]) => [name, values.join("\n")])
  const sizes = groups.map((group) => shown.filter((entry) => entry.group === group).length)
  return JSON.stringify({ sizes, ...Object.fromEntries(joined) }) + "\n"
}

/** @param {string} modules @param {string} language @returns {Promise<any[]>} */
async function source(modules, language) {
  return JSON.parse(await readFile(join(modules, "emoji-picker-element-data", language, "emojibase", "data.json"), "utf8"))
}

/** So that an emoji is the same text wherever it comes from: 👍 needs no sign that it is to be drawn in colour. @param {string} emoji */
function withoutNeedlessSelectors(emoji) {
  return emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1")
}

/** What people call it in one word, such as `tada`. @param {any} entry @returns {string[]} */
function aliasesOf({ annotation, shortcodes = [] }) {
  return shortcodes.filter((/** @type {string} */ code) => !/[_-]/u.test(code) && code !== annotation)
}

/** Words are searched by how they begin. @param {any} entry */
function englishWords(entry) {
  const taken = [...wordsOf(entry.annotation), ...aliasesOf(entry)]
  const others = [...new Set([...(entry.shortcodes ?? []), ...(entry.tags ?? [])].flatMap(wordsOf))].filter((word) => !taken.includes(word))
  const isFoundAnyway = (/** @type {string} */ word) =>
    word.length < 2 || [...taken, ...others].some((other) => other !== word && other.startsWith(word))
  return others.filter((word) => !isFoundAnyway(word)).slice(0, WORDS).join(" ")
}

/** @param {any} entry */
function chineseName({ annotation }) {
  return annotation.replace(/^旗: /u, "")
}

/** Chinese is searched by any part of a word. @param {any} entry */
function chineseWords({ annotation, tags = [] }) {
  const words = [...new Set(tags.map((/** @type {string} */ tag) => tag.replace(/\s/gu, "")))]
  const others = words.filter((word) => /\p{Script=Han}/u.test(word) && !annotation.includes(word))
  return others.filter((word) => !others.some((other) => other !== word && other.includes(word))).slice(0, WORDS).join(" ")
}

/** @param {string} text */
function wordsOf(text) {
  return text.normalize("NFKC").toLowerCase().split(/[^\p{L}\p{N}+]+/u).filter(Boolean)
}
