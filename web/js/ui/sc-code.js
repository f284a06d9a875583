/** A block of code: which language, its colours, a button that copies it, and a fold where it is long. */
import { html, nothing } from "../../vendor/lit.js"
import { t } from "../context.js"
import { firstLines, highlighted, isColoured } from "../text/highlight.js"
import { copyText } from "./clipboard.js"
import { View, icon } from "./view.js"

const FOLDED_FROM = 20 // lines
const COPIED_MS = 2_000

class Code extends View {
  static properties = { code: { attribute: "data-code" }, language: { attribute: "data-language" } }
  #isOpen = false
  #isCopied = false
  /** @type {import("../text/highlight.js").Piece[] | null} what the code is made of, once it has its colours */
  #pieces = null

  constructor() {
    super()
    this.code = ""
    this.language = ""
  }

  render() {
    const lines = this.code.split("\n")
    const isFolded = !this.#isOpen && lines.length > FOLDED_FROM
    const name = this.language || t("code.plain")
    const pieces = this.#pieces ?? [{ text: this.code, kind: "" }]
    return html`<figure class="code"><figcaption><span dir="auto">${name}</span>
        <button @click=${this.#copy}>${icon(this.#isCopied ? "check" : "copy", "xs")}<span role="status">${this.#isCopied ? t("code.copied") : t("code.copy")}</span></button></figcaption>
      <pre tabindex="0" role="region" aria-label=${t("code.label", { language: name })} dir="ltr"><code>${(isFolded ? firstLines(pieces, FOLDED_FROM) : pieces).map(coloured)}</code></pre>
      ${isFolded ? html`<button class="unfold" @click=${this.#open}>${t("code.showAll", { count: lines.length })}</button>` : nothing}</figure>`
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    if (changed.has("code") || changed.has("language")) void this.#colour(this.code, this.language)
  }

  /** Code that cannot be read in its language stays as it was typed. @param {string} code @param {string} language */
  async #colour(code, language) {
    this.#pieces = null
    if (!isColoured(code, language)) return
    const pieces = await highlighted(code, language).catch(() => null)
    if (code !== this.code || language !== this.language) return
    this.#pieces = pieces
    this.requestUpdate()
  }

  #open() {
    this.dispatchEvent(new Event("grow", { bubbles: true }))
    this.#isOpen = true
    this.requestUpdate()
  }

  async #copy() {
    this.#isCopied = await copyText(this.code)
    this.requestUpdate()
    setTimeout(() => {
      this.#isCopied = false
      this.requestUpdate()
    }, COPIED_MS)
  }
}

/** @param {import("../text/highlight.js").Piece} piece */
function coloured({ text, kind }) {
  return kind === "" ? text : html`<span class=${kind}>${text}</span>`
}

customElements.define("sc-code", Code)
