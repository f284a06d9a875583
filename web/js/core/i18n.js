/** The page's words in one language at a time, with `{name}` for values and `{count, plural, one {…} other {…}}`. */
import { Emitter } from "./emitter.js"

export const LOCALES = ["en", "zh-CN"]

/**
 * @param {string | null} preferred what the person chose, or null
 * @param {readonly string[]} languages of the browser
 */
export function chooseLocale(preferred, languages) {
  if (preferred && LOCALES.includes(preferred)) return preferred
  for (const language of languages) {
    if (language.toLowerCase().startsWith("zh")) return "zh-CN"
    if (language.toLowerCase().startsWith("en")) return "en"
  }
  return "en"
}

/** Topic: `change`. */
export class Translator extends Emitter {
  locale = "en"
  /** @type {Record<string, string>} */
  #messages = {}

  /** @param {string} locale @param {Record<string, string>} messages */
  use(locale, messages) {
    this.locale = locale
    this.#messages = messages
    this.emit("change")
  }

  /** @param {string} key @param {Record<string, string | number>} [values] @returns {string} */
  t(key, values = {}) {
    return this.parts(key, values).join("")
  }

  /**
   * The same in pieces, so that a value may be a template instead of a string.
   *
   * @param {string} key
   * @param {Record<string, any>} values
   * @returns {any[]}
   */
  parts(key, values) {
    return fill(this.#messages[key] ?? key, values, this.locale)
  }
}

/** @param {string} pattern @param {Record<string, any>} values @param {string} locale @returns {any[]} */
export function fill(pattern, values, locale) {
  const parts = []
  let from = 0
  while (from < pattern.length) {
    const open = pattern.indexOf("{", from)
    if (open < 0) break
    if (open > from) parts.push(pattern.slice(from, open))
    const close = closing(pattern, open)
    parts.push(...replacement(pattern.slice(open + 1, close), values, locale))
    from = close + 1
  }
  if (from < pattern.length) parts.push(pattern.slice(from))
  return parts
}

/** @param {string} inner @param {Record<string, any>} values @param {string} locale @returns {any[]} */
function replacement(inner, values, locale) {
  const plural = /^(\w+), plural, /.exec(inner)
  if (!plural) return [values[inner]]
  const count = values[plural[1]]
  const form = choose(inner.slice(plural[0].length), new Intl.PluralRules(locale).select(count))
  return fill(form.replaceAll("#", new Intl.NumberFormat(locale).format(count)), values, locale)
}

/** @param {string} forms such as `one {# day} other {# days}` @param {string} category */
function choose(forms, category) {
  /** @type {Record<string, string>} */
  const byName = {}
  let from = 0
  while (forms.indexOf("{", from) >= 0) {
    const open = forms.indexOf("{", from)
    const close = closing(forms, open)
    byName[forms.slice(from, open).trim()] = forms.slice(open + 1, close)
    from = close + 1
  }
  return byName[category] ?? byName.other
}

/** @param {string} text @param {number} open @returns {number} where the brace at `open` closes */
function closing(text, open) {
  let depth = 0
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === "{") depth += 1
    if (text[index] === "}" && --depth === 0) return index
  }
  throw new Error(`unclosed brace in "${text}"`)
}
