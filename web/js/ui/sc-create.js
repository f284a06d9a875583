/** Asks for the name of a room and who may come in, and makes it or goes to the one that has the name. */
import { html } from "../../vendor/lit.js"
import { chat, router, t } from "../context.js"
import { createRoom } from "../core/membership.js"
import { Attempt } from "./forms.js"
import { Dialog } from "./sc-dialog.js"

const ROOM_CHARACTERS = 64

class CreateDialog extends Dialog {
  #isClosed = false
  #attempt = new Attempt(this)

  render() {
    return html`<dialog class="dialog create" aria-labelledby="create-title">
      <form @submit=${this.#submit}>
        <h2 id="create-title">${t("rooms.create")}</h2>
        ${this.#attempt.field({ id: "create-name", name: "room", label: t("rooms.name"), help: t("join.roomHint"), most: ROOM_CHARACTERS * 2 })}
        <fieldset><legend>${t("settings.privacy")}</legend><div class="choices">${this.#kind(false, t("rooms.open"))}${this.#kind(true, t("rooms.closed"))}</div>
          <p class="help" role="status">${this.#isClosed ? t("rooms.closedHelp") : t("rooms.openHelp")}</p></fieldset>
        ${this.#attempt.problem()}
        <div class="dialog-buttons">
          <button class="button" type="button" @click=${() => this.close()}>${t("dialog.cancel")}</button>
          ${this.#attempt.button(t("rooms.createButton"), "primary")}</div>
      </form></dialog>`
  }

  /** @param {boolean} isClosed @param {string} words */
  #kind(isClosed, words) {
    return html`<label class="choice"><input type="radio" name="kind" .checked=${isClosed === this.#isClosed}
      @change=${() => { this.#isClosed = isClosed; this.requestUpdate() }}><span>${words}</span></label>`
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    void this.#attempt.send(event, async ({ room }) => {
      const name = room.trim().replace(/^#/u, "")
      await chat.refreshRooms()
      router.go(chat.list.find(name)?.name ?? (await createRoom(chat, name, this.#isClosed ? "closed" : "open")))
      this.close()
    }, (code) => ({ conflict: { field: "room", words: t("rooms.taken") }, bad_name: { field: "room", words: t("join.roomHint") } })[code])
  }
}

customElements.define("sc-create", CreateDialog)
