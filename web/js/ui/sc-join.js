/** The first question: who are you, and where do you want to go? */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t } from "../context.js"
import { createRoom } from "../core/membership.js"
import { signIn } from "../core/api.js"
import { View, mark } from "./view.js"

const DEFAULT_ROOM = "general"
const NAME_CHARACTERS = 32
const ROOM_CHARACTERS = 64

class Join extends View {
  #error = ""
  #isBusy = false

  render() {
    const isTaken = this.#error !== ""
    return html`<main class="join"><form class="card" @submit=${this.#submit}>
      ${mark()}
      <div><h1>${t("join.title", { server: chat.serverName })}</h1><p>${t("join.hint")}</p></div>
      <div>
        <label for="join-name">${t("join.name")}</label>
        <input class="field" id="join-name" name="nickname" autocomplete="nickname" maxlength=${NAME_CHARACTERS * 2} required
          dir="auto" .defaultValue=${preferences.values.name} aria-invalid=${isTaken} aria-describedby=${isTaken ? "join-error" : nothing}>
        ${isTaken ? html`<p class="field-error" id="join-error" role="alert">${this.#error}</p>` : nothing}
      </div>
      <div>
        <label for="join-room">${t("join.room")}</label>
        <input class="field" id="join-room" name="room" maxlength=${ROOM_CHARACTERS * 2} required dir="auto" autocomplete="off"
          .defaultValue=${router.room ?? preferences.values.room ?? DEFAULT_ROOM} aria-describedby="join-room-help">
        <p class="help" id="join-room-help">${t("join.roomHint")}</p>
      </div>
      <button class="button primary wide" ?disabled=${this.#isBusy}>${t("join.enter")}</button>
    </form></main>`
  }

  firstUpdated() {
    const empty = [...this.querySelectorAll("input")].find((input) => input.value === "")
    ;(empty ?? this.querySelector("button"))?.focus()
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault()
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target))
    const name = String(form.get("nickname")).trim().replace(/\s+/gu, " ")
    const room = String(form.get("room")).trim().replace(/^#/u, "")
    if (!name || !room || this.#isBusy) return
    this.#show("", true)
    try {
      const user = await signIn(name)
      preferences.set({ name })
      await goTo(room)
      chat.enter(user)
    } catch (error) {
      this.#show(sentenceFor(/** @type {any} */ (error)), false)
      this.querySelector("input")?.focus()
    }
  }

  /** @param {string} error @param {boolean} isBusy */
  #show(error, isBusy) {
    this.#error = error
    this.#isBusy = isBusy
    this.requestUpdate()
  }
}

/** Goes to the room, which this makes where there is none yet. @param {string} room */
async function goTo(room) {
  await chat.refreshRooms()
  try {
    router.replace(chat.list.find(room)?.name ?? (await createRoom(chat, room)))
  } catch {
    router.replace(room)
  }
}

/** @param {{code?: string, message?: string}} error */
function sentenceFor({ code, message }) {
  if (code === "name_taken") return t("join.taken")
  if (code === "bad_name") return t("join.badName")
  return message ? t("join.failedBecause", { reason: message }) : t("join.failed")
}

customElements.define("sc-join", Join)
