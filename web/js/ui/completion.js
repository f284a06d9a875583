/** The list that opens above the text field and completes names of people, rooms and commands. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t } from "../context.js"
import { matching, triggerAt } from "../core/completion.js"
import { avatar, icon } from "./view.js"

const LIST_ID = "completion"

/** @typedef {import("../core/completion.js").Candidate} Candidate */

export class Completion {
  #field
  #redraw
  /** @type {Candidate[]} */
  #rows = []
  #chosen = 0
  /** @type {import("../core/completion.js").Trigger | null} */
  #trigger = null
  /** Where a list was closed with Esc: it stays closed until the sign is typed anew. */
  #dismissed = -1

  /** @param {HTMLTextAreaElement} field @param {() => void} redraw */
  constructor(field, redraw) {
    this.#field = field
    this.#redraw = redraw
    field.addEventListener("blur", () => this.close())
    field.addEventListener("click", () => this.update())
    field.setAttribute("aria-autocomplete", "list")
  }

  /** After the text or the caret has changed. */
  update() {
    const { value, selectionStart, selectionEnd } = this.#field
    this.#trigger = selectionStart === selectionEnd ? triggerAt(value, selectionStart) : null
    if (this.#trigger?.from !== this.#dismissed) this.#dismissed = -1
    const isWanted = this.#trigger && this.#dismissed < 0
    const rows = isWanted ? matching(candidates(this.#trigger?.sign ?? ""), this.#trigger?.query ?? "") : []
    const isSame = rows.length === this.#rows.length && rows.every((row, index) => row.value === this.#rows[index].value)
    if (isSame) return
    this.#rows = rows
    this.#choose(0)
  }

  close() {
    this.#rows = []
    this.#choose(0)
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the list */
  keyed(event) {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") queueMicrotask(() => this.close())
    if (this.#rows.length === 0 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false
    const count = this.#rows.length
    switch (event.key) {
      case "ArrowDown": this.#choose((this.#chosen + 1) % count); break
      case "ArrowUp": this.#choose((this.#chosen + count - 1) % count); break
      case "Enter":
      case "Tab": this.#accept(this.#chosen); break
      case "Escape":
        this.#dismissed = this.#trigger?.from ?? -1
        this.close()
        break
      default: return false
    }
    event.preventDefault()
    return true
  }

  template() {
    if (this.#rows.length === 0) return nothing
    return html`<ul class="completion" role="listbox" id=${LIST_ID} aria-label=${titleOf(this.#trigger?.sign ?? "")}
        @mousedown=${(/** @type {Event} */ event) => event.preventDefault()}>
      ${this.#rows.map((row, index) => html`<li role="option" id=${optionId(index)} aria-selected=${index === this.#chosen}
          @click=${() => this.#accept(index)}>${row.user ? avatar(row.user, { size: "s", isPresent: row.user.online }) : icon(this.#trigger?.sign === "#" ? "hash" : "chat", "sm")}
        <span class="name" dir="auto">${row.label}</span>${row.detail ? html`<small>${row.detail}</small>` : nothing}</li>`)}
    </ul>`
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index
    if (this.#rows.length > 0) {
      this.#field.setAttribute("aria-controls", LIST_ID)
      this.#field.setAttribute("aria-activedescendant", optionId(index))
    } else {
      this.#field.removeAttribute("aria-controls")
      this.#field.removeAttribute("aria-activedescendant")
    }
    this.#redraw()
  }

  /** @param {number} index */
  #accept(index) {
    const { value } = this.#rows[index]
    this.#field.setRangeText(`${value} `, this.#trigger?.from ?? 0, this.#field.selectionStart, "end")
    this.#dismissed = this.#trigger?.from ?? -1
    this.close()
    this.#field.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

/** @param {string} sign @returns {Candidate[]} */
function candidates(sign) {
  if (sign === "/") return [{ value: "/me", label: "me", detail: t("command.me") }]
  if (sign === "#") {
    return [...chat.list.own, ...chat.list.open].map((room) => ({ value: `#${room.name}`, label: room.name, detail: room.title === room.name ? undefined : room.title }))
  }
  const others = [...(chat.room?.members.values() ?? [])].filter((user) => user.id !== chat.me?.id)
  return others.map((user) => ({ value: `@${user.name}`, label: user.name, user, rank: user.online ? 0 : 1 }))
}

/** @param {string} sign */
function titleOf(sign) {
  if (sign === "#") return t("rooms.title")
  return sign === "@" ? t("members.title") : t("command.title")
}

/** @param {number} index */
function optionId(index) {
  return `${LIST_ID}-${index}`
}
