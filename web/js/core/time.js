/** Days and clock times in the viewer's own time zone. */

/** English dates read the same for everybody; the day comes before the month. */
const DATE_LOCALES = new Map([["en", "en-GB"]])

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map()

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

/** Day and month, and the year where it is not this one. @param {number} ms @param {string} locale @param {number} now */
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
