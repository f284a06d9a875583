/** What the server says to a person, in the language of the page where that is not the server's: why it refuses something, who may write no more. */
import { html, nothing } from "../../vendor/lit.js"
import { t, translator } from "../context.js"
import { Refused } from "../core/socket.js"

const SERVERS_OWN = "en"
const SENTENCE = /[.!?]$/u

/** @type {{locale: string, sentences: [RegExp, string][]}} */
let learnt = { locale: SERVERS_OWN, sentences: [] }

/** @param {string} locale have its sentences at hand */
export async function learn(locale) {
  learnt = { locale, sentences: await sentencesOf(locale) }
  translator.renew()
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

/** A sentence of the server that the page has in its language. @param {string} said @returns {string | undefined} */
export function known(said) {
  if (translator.locale === SERVERS_OWN) return SENTENCE.test(said) ? said : undefined
  if (translator.locale !== learnt.locale) return undefined
  for (const [pattern, words] of learnt.sentences) {
    const found = pattern.exec(said)
    if (found) return words.replaceAll(/\{(\d)\}/gu, (_, place) => found[place])
  }
}

/** The same, or in general what it means, with the server's words for those who want to know. @param {string} said */
export function told(said) {
  return known(said) ?? html`${t("refusal.general")} ${fold(said)}`
}

/** What went wrong, to be shown. @param {unknown} error */
export function reasonOf(error) {
  if (error instanceof Refused) return told(error.message)
  return /** @type {Error} */ (error).message || t("notice.notConnected")
}

/** @param {string} said */
export function fold(said) {
  return said ? html`<details class="fold"><summary>${t("refusal.details")}</summary><span dir="auto">${said}</span></details>` : nothing
}
