/** A block of code: which language, a button that copies it, and a fold where it is long. */
import { html, nothing } from "../../vendor/lit.js"
import { t } from "../context.js"
import { View, icon } from "./view.js"

const FOLDED_FROM = 20 // lines
const COPIED_MS = 2_000

class Code extends View {
  static properties = { code: { attribute: "data-code" }, language: { attribute: "data-language" } }
  #isOpen = false
  #isCopied = false

  constructor() {
    super()
    this.code = ""
    this.language = ""
  }

  render() {
    const lines = this.code.split("\n")
    const isFolded = !this.#isOpen && lines.length > FOLDED_FROM
    const name = this.language || t("code.plain")
    return html`<figure class="code"><figcaption><span dir="auto">${name}</span>
        <button @click=${this.#copy}>${icon(this.#isCopied ? "check" : "copy", "xs")}<span role="status">${this.#isCopied ? t("code.copied") : t("code.copy")}</span></button></figcaption>
      <pre tabindex="0" role="region" aria-label=${t("code.label", { language: name })} dir="ltr"><code>${isFolded ? lines.slice(0, FOLDED_FROM).join("\n") : this.code}</code></pre>
      ${isFolded ? html`<button class="unfold" @click=${this.#open}>${t("code.showAll", { count: lines.length })}</button>` : nothing}</figure>`
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

/** Plain http has no clipboard, so there a selection is copied as by hand. @param {string} text @returns {Promise<boolean>} whether it worked */
async function copyText(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false)
  }
  const field = document.createElement("textarea")
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)
  field.value = text
  field.className = "visually-hidden"
  document.body.append(field)
  field.select()
  const isDone = document.execCommand("copy")
  field.remove()
  focused?.focus()
  return isDone
}

customElements.define("sc-code", Code)
