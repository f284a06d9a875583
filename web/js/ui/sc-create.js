/** Asks for the name of a room, and makes it or goes to the one that has the name. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, router, t } from "../context.js"
import { View } from "./view.js"

class CreateDialog extends View {
  #error = ""

  render() {
    return html`<dialog class="dialog create" aria-labelledby="create-title" @close=${() => this.dispatchEvent(new Event("done"))}>
      <form @submit=${this.#submit}>
        <h2 id="create-title">${t("rooms.create")}</h2>
        <label for="create-name">${t("rooms.name")}</label>
        <input class="field" id="create-name" name="room" required autocomplete="off" dir="auto" aria-describedby="create-help">
        ${this.#error ? html`<p class="field-error" role="alert">${this.#error}</p>` : nothing}
        <p class="help" id="create-help">${t("join.roomHint")}</p>
        <div class="dialog-buttons">
          <button class="button" type="button" @click=${this.#close}>${t("dialog.cancel")}</button>
          <button class="button primary">${t("rooms.createButton")}</button></div>
      </form></dialog>`
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal()
  }

  #close() {
    this.querySelector("dialog")?.close()
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault()
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target))
    const name = String(form.get("room")).trim().replace(/^#/u, "")
    const known = chat.list.find(name)
    try {
      router.go(known ? known.name : await chat.createRoom(name))
      this.#close()
    } catch (error) {
      this.#error = /** @type {Error} */ (error).message || t("notice.notConnected")
      this.requestUpdate()
    }
  }
}

customElements.define("sc-create", CreateDialog)
