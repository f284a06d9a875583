/** The list that opens above the text field and completes names of people, of rooms and of emoji, and commands. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t } from "../context.js"
import { matching, ROWS, triggerAt } from "../core/completion.js"
import { commands } from "./commands.js"
import { avatar, icon } from "./view.js"

const LIST_ID = "completion"
const HAN = /\p{Script=Han}/u

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
  #hasAsked = false

  /** What there is to search for emoji in, once somebody has looked for one. @type {((query: string) => Candidate[]) | null} */
  #emoji = null

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
    if (this.#trigger?.sign !== "#") this.#hasAsked = false
    const rows = this.#trigger && this.#dismissed < 0 ? this.#found(this.#trigger) : []
    const isSame = rows.length === this.#rows.length && rows.every((row, index) => row.value === this.#rows[index].value)
    if (isSame) return
    this.#rows = rows
    this.#choose(0)
  }

  /** @param {import("../core/completion.js").Trigger} trigger @returns {Candidate[]} */
  #found({ sign, query }) {
    if (sign === "#" && !this.#hasAsked) void this.#askRooms()
    if (sign !== ":") return matching(candidates(sign), query)
    if (!this.#emoji) void this.#loadEmoji()
    return this.#emoji?.(query) ?? []
  }

  /** The open rooms as they are by now, once for each sign. */
  async #askRooms() {
    this.#hasAsked = true
    await chat.refreshRooms()
    if (document.activeElement === this.#field) this.update()
  }

  /** Without them, where the server is away, the name stays as it is typed. */
  async #loadEmoji() {
    const emoji = await import("../text/emoji.js").catch(() => null)
    const table = await emoji?.loadTable().catch(() => null)
    if (!emoji || !table || this.#emoji) return
    const { search } = emoji
    this.#emoji = (query) => search(table, query, ROWS).map(({ emoji, aliases, names }) =>
      ({ value: emoji, label: HAN.test(query) ? names.zh : aliases.find((alias) => alias.startsWith(query.toLowerCase())) ?? names.en, sign: emoji }))
    if (document.activeElement === this.#field) this.update()
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
          @click=${() => this.#accept(index)}>${this.#mark(row)}
        <span class="name" dir="auto">${row.label}</span>${row.detail ? html`<small>${row.detail}</small>` : nothing}</li>`)}
    </ul>`
  }

  /** @param {Candidate} row */
  #mark({ user, sign }) {
    if (user) return avatar(user, { size: "s", isPresent: user.online })
    if (sign) return html`<span class="sign" aria-hidden="true">${sign}</span>`
    return icon(this.#trigger?.sign === "#" ? "hash" : "chat", "sm")
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
    const blank = this.#trigger?.sign === ":" ? "" : " "
    this.#field.setRangeText(value + blank, this.#trigger?.from ?? 0, this.#field.selectionStart, "end")
    this.#dismissed = this.#trigger?.from ?? -1
    this.close()
    this.#field.dispatchEvent(new Event("input", { bubbles: true }))
  }
}

/** @param {string} sign @returns {Candidate[]} */
function candidates(sign) {
  if (sign === "/") return commands().map(({ name, help }) => ({ value: `/${name}`, label: name, detail: help() }))
  if (sign === "#") {
    return [...chat.list.own, ...chat.list.open].filter(({ kind }) => kind !== "direct").map((room) =>
      ({ value: `#${room.name}`, label: room.name, detail: room.title === room.name ? undefined : room.title }))
  }
  const others = [...(chat.room?.members.values() ?? [])].filter((user) => user.id !== chat.me?.id)
  return others.map((user) => ({ value: `@${user.name}`, label: user.name, user, also: pinyinOf(user), rank: user.online ? 0 : 1 }))
}

/** How a Chinese name is typed, where the server says so. @param {import("../core/types.js").User & {pinyin?: string | string[]}} user */
function pinyinOf({ pinyin = [] }) {
  return Array.isArray(pinyin) ? pinyin : [pinyin]
}

/** @param {string} sign */
function titleOf(sign) {
  if (sign === "#") return t("rooms.title")
  if (sign === ":") return t("emoji.title")
  return sign === "@" ? t("members.title") : t("command.title")
}

/** @param {number} index */
function optionId(index) {
  return `${LIST_ID}-${index}`
}
