/** Asks once before a message is deleted. */
import { html } from "../../vendor/lit.js"
import { t } from "../context.js"
import { View } from "./view.js"

class RemovalDialog extends View {
  static properties = { message: { attribute: false } }

  constructor() {
    super()
    /** @type {import("../core/types.js").Message | null} */
    this.message = null
  }

  render() {
    return html`<dialog class="dialog" aria-labelledby="removal-title" @cancel=${() => this.#answer(false)}>
      <h2 id="removal-title">${t("delete.title")}</h2>
      <p class="excerpt" dir="auto">${this.message?.user.name}: ${this.message?.text ?? ""}</p>
      <div class="dialog-buttons">
        <button class="button" autofocus @click=${() => this.#answer(false)}>${t("dialog.cancel")}</button>
        <button class="button danger" @click=${() => this.#answer(true)}>${t("message.delete")}</button>
      </div></dialog>`
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal()
  }

  /** @param {boolean} isSure */
  #answer(isSure) {
    this.dispatchEvent(new CustomEvent("answer", { detail: isSure }))
  }
}

customElements.define("sc-removal", RemovalDialog)
