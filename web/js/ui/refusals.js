/** What the server says when it refuses something, in the language of the page where that is not the server's. */
import { translator } from "../context.js"
import { Refused } from "../core/socket.js"

/** @param {string} locale have its sentences at hand; without them the server's are shown */
export async function learn(locale) {
  const sentences = await sentencesOf(locale)
  Refused.words = ({ message }) => (translator.locale === locale && say(sentences, message)) || message
}

/** Those with most words of their own first: "{} is {} already." says less than "The room {} is archived already." @param {string} locale @returns {Promise<[RegExp, string][]>} */
async function sentencesOf(locale) {
  const response = await fetch(new URL(`../../locales/refusals.${locale}.json`, import.meta.url))
  const words = (/** @type {string} */ pattern) => pattern.replaceAll("{}", "").length
  return Object.entries(await response.json()).sort(([a], [b]) => words(b) - words(a)).map(([pattern, words]) => [
    new RegExp(`^${pattern.split("{}").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)).join("(.+)")}$`, "su"),
    /** @type {string} */ (words),
  ])
}

/** @param {[RegExp, string][]} sentences @param {string} message @returns {string | undefined} */
function say(sentences, message) {
  for (const [pattern, words] of sentences) {
    const found = pattern.exec(message)
    if (found) return words.replaceAll(/\{(\d)\}/gu, (_, place) => found[place])
  }
}
