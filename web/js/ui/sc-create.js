/** Asks for the name of a room, and makes it or goes to the one that has the name. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, router, t } from "../context.js"
import { createRoom } from "../core/membership.js"
import { Dialog } from "./sc-dialog.js"

class CreateDialog extends Dialog {
  #error = ""

  render() {
    const isRefused = this.#error !== ""
    return html`<dialog class="dialog create" aria-labelledby="create-title">
      <form @submit=${this.#submit}>
        <h2 id="create-title">${t("rooms.create")}</h2>
        <label for="create-name">${t("rooms.name")}</label>
        <input class="field" id="create-name" name="room" required autocomplete="off" dir="auto" aria-invalid=${isRefused}
          aria-describedby=${isRefused ? "create-error create-help" : "create-help"}>
        ${isRefused ? html`<p class="field-error" id="create-error" role="alert">${this.#error}</p>` : nothing}
        <p class="help" id="create-help">${t("join.roomHint")}</p>
        <div class="dialog-buttons">
          <button class="button" type="button" @click=${() => this.close()}>${t("dialog.cancel")}</button>
          <button class="button primary">${t("rooms.createButton")}</button></div>
      </form></dialog>`
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault()
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target))
    const name = String(form.get("room")).trim().replace(/^#/u, "")
    await chat.refreshRooms()
    try {
      router.go(chat.list.find(name)?.name ?? (await createRoom(chat, name)))
      this.close()
    } catch (error) {
      this.#error = /** @type {Error} */ (error).message || t("notice.notConnected")
      this.requestUpdate()
    }
  }
}

customElements.define("sc-create", CreateDialog)
