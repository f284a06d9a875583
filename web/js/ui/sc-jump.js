/** "Jump to…": goes to a room, or calls a person of the present one, by a few letters of the name. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, router, t } from "../context.js"
import { matching } from "../core/completion.js"
import { arranged, newsIn } from "../core/store.js"
import { Dialog } from "./sc-dialog.js"
import { writeInField } from "./field.js"
import { avatar, icon } from "./view.js"

const LIST_ID = "jump-list"

/** @typedef {import("../core/completion.js").Candidate & {room?: import("../core/types.js").Listed}} Target */

class JumpDialog extends Dialog {
  #query = ""
  #chosen = 0

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "rooms", "room")
    void chat.refreshRooms()
  }

  render() {
    const rows = this.#rows()
    const chosen = Math.min(this.#chosen, rows.length - 1)
    return html`<dialog class="dialog jumper" aria-label=${t("jump.open")}>
      <input class="field" role="combobox" aria-expanded="true" aria-controls=${LIST_ID} aria-autocomplete="list" dir="auto" autofocus
        aria-activedescendant=${chosen < 0 ? nothing : optionId(chosen)} aria-label=${t("jump.label")} placeholder=${t("jump.label")}
        autocomplete="off" spellcheck="false" @input=${this.#typed} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#keyed(event, rows, chosen)}>
      <ul id=${LIST_ID} role="listbox" aria-label=${t("jump.open")}>${rows.map((row, index) => html`
        <li role="option" id=${optionId(index)} aria-selected=${index === chosen} @click=${() => this.#go(row)}>${looks(row)}</li>`)}</ul>
      ${rows.length === 0 ? html`<p class="help" role="status">${t("jump.none")}</p>` : nothing}</dialog>`
  }

  updated() {
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" })
  }

  #rows() {
    const query = this.#query.trim().replace(/^[#@]/u, "")
    return /** @type {Target[]} */ (matching(targets(), query))
  }

  /** @param {InputEvent} event */
  #typed(event) {
    this.#query = /** @type {HTMLInputElement} */ (event.target).value
    this.#chosen = 0
    this.requestUpdate()
  }

  /** @param {KeyboardEvent} event @param {Target[]} rows @param {number} chosen */
  #keyed(event, rows, chosen) {
    if (event.isComposing || event.keyCode === 229 || rows.length === 0) return
    if (event.key === "ArrowDown") this.#chosen = (chosen + 1) % rows.length
    else if (event.key === "ArrowUp") this.#chosen = (chosen + rows.length - 1) % rows.length
    else if (event.key === "Enter") this.#go(rows[chosen])
    else return
    event.preventDefault()
    this.requestUpdate()
  }

  /** @param {Target} target */
  #go({ room, value }) {
    this.close()
    if (room) router.go(room.name)
    // The dialog gives the focus back first.
    else setTimeout(() => writeInField(value))
  }
}

/** @returns {Target[]} rooms first, the ones with something unread before the others */
function targets() {
  const { own, open } = chat.list
  const rooms = [...arranged(own, { pinned: [], held: null }), ...open].filter((room) => room.name !== chat.room?.name)
  const people = [...(chat.room?.members.values() ?? [])].filter((user) => user.id !== chat.me?.id)
  return [
    ...rooms.map((room) => ({ value: room.name, label: room.title || room.name, room, rank: newsIn(room).isUnread ? 0 : 1 })),
    ...people.map((user) => ({ value: `@${user.name} `, label: user.name, user, rank: user.online ? 2 : 3 })),
  ]
}

/** @param {Target} target */
function looks({ label, user, room }) {
  const sign = user ? avatar(user, { size: "s", isPresent: user.online }) : icon(room?.kind === "closed" ? "lock" : room?.kind === "direct" ? "chat" : "hash", "sm")
  return html`${sign}<span class="name" dir="auto">${label}</span><small>${user ? t("menu.mention") : room?.title && room.title !== room.name && room.kind !== "direct" ? room.name : nothing}</small>`
}

/** @param {number} index */
function optionId(index) {
  return `${LIST_ID}-${index}`
}

customElements.define("sc-jump", JumpDialog)
