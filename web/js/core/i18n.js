/** The page's words in one language, with `{name}` and `{count, plural, one {…} other {…}}`; days and times in the viewer's zone. */
import { Emitter } from "./emitter.js"

export const LOCALES = ["en", "zh-CN"]

const DATE_LOCALES = new Map([["en", "en-GB"]])

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map()

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
  /** Another number whenever something may have other words than before. */
  version = 0
  /** @type {Record<string, string>} */
  #messages = {}

  /** @param {string} locale @param {Record<string, string>} messages */
  use(locale, messages) {
    this.locale = locale
    this.#messages = messages
    this.renew()
  }

  /** There are words now that were missing. */
  renew() {
    this.version += 1
    this.emit("change")
  }

  /** @param {string} key @param {Record<string, string | number>} [values] @returns {string} */
  t(key, values = {}) {
    return this.parts(key, values).join("")
  }

  /**
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

/** @param {number} ms @returns {number} the local day as a number that grows, such as 20261122 */
export function localDay(ms) {
  const date = new Date(ms)
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate()
}

/** @param {number} now @returns {number} milliseconds until the next local midnight; a day may have 23 or 25 hours */
export function untilMidnight(now) {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime() - now
}

/** @param {number} day from localDay @param {number} now @returns {"today" | "yesterday" | "earlier"} */
export function nearness(day, now) {
  if (day === localDay(now)) return "today"
  const date = new Date(now)
  const noonYesterday = new Date(date.getFullYear(), date.getMonth(), date.getDate() - 1, 12)
  return day === localDay(noonYesterday.getTime()) ? "yesterday" : "earlier"
}

/** @param {number} ms @param {string} locale */
export function clockTime(ms, locale) {
  return format(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(ms)
}

/** @param {number} ms @param {string} locale @param {number} now */
export function dateOf(ms, locale, now) {
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? undefined : "numeric"
  return format(locale, { day: "numeric", month: "long", year }).format(ms)
}

/** @param {number} ms @param {string} locale */
export function weekdayOf(ms, locale) {
  return format(locale, { weekday: "long" }).format(ms)
}

/** @param {number} ms @param {string} locale */
export function fullTime(ms, locale) {
  return format(locale, { dateStyle: "full", timeStyle: "short", hourCycle: "h23" }).format(ms)
}

/** @param {string} locale @param {any} options @returns {Intl.DateTimeFormat} */
function format(locale, options) {
  const key = locale + JSON.stringify(options)
  const known = formats.get(key) ?? new Intl.DateTimeFormat(DATE_LOCALES.get(locale) ?? locale, options)
  formats.set(key, known)
  return known
}
