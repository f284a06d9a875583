/**
 * Asks for one emoji: `const emoji = await pickEmoji(button)`.
 *
 * Anything on the page may ask; import it when somebody wants one (`await import("./emoji-picker.js")`), since it brings a
 * large table along. The search knows English and Chinese; the arrows walk through the grid; Esc closes it.
 */
import { html, nothing } from "../../vendor/lit.js"
import { preferences, t, translator } from "../context.js"
import { Composition } from "../core/typed.js"
import { loadTable, search } from "../text/emoji.js"
import { View } from "./view.js"

const COLUMNS = 8 // as in the style sheet
const FOUND = 80
const RECENT = 24
const MARGIN = 8 // px, to the anchor and to the edge of the window
const COARSE = matchMedia("(pointer: coarse)")
const PHONE = matchMedia("(max-width: 759.98px)")
const GROUP_SIGNS = ["😀", "👋", "🐻", "🍎", "✈️", "⚽", "💡", "❤️", "🏁"]

/** @typedef {import("../text/emoji.js").Emoji} Emoji */
/** @typedef {{title: string, sign: string, list: Emoji[]}} Section */

/**
 * @param {HTMLElement} anchor beside which it opens, and which has the focus again in the end
 * @returns {Promise<string | null>} null where none was chosen
 */
export function pickEmoji(anchor) {
  return new Promise((resolve) => {
    const picker = /** @type {Picker} */ (document.createElement("sc-emoji-picker"))
    picker.anchor = anchor
    picker.addEventListener("done", () => {
      picker.remove()
      anchor.focus()
      resolve(picker.chosen)
    }, { once: true })
    document.body.append(picker)
  })
}

class Picker extends View {
  /** @type {HTMLElement | null} */
  anchor = null
  /** @type {string | null} */
  chosen = null
  #query = ""
  #hasFailed = false
  /** @type {import("../text/emoji.js").Table | null} */
  #table = null
  #composition = new Composition()

  connectedCallback() {
    super.connectedCallback()
    addEventListener("resize", this.#resized)
    void this.#load()
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    removeEventListener("resize", this.#resized)
  }

  #resized = () => this.#place(this.#dialog)

  render() {
    const sections = this.#sections()
    return html`<dialog class="emoji-picker" aria-label=${t("emoji.title")} @close=${() => this.dispatchEvent(new Event("done"))} @click=${this.#clicked}>
      <input class="field search" type="search" autocomplete="off" maxlength="60" aria-label=${t("emoji.search")} placeholder=${t("emoji.search")}
        @input=${this.#searched} @compositionend=${this.#searched} @keydown=${this.#keyedInSearch}>
      ${this.#query !== "" || !this.#table ? nothing : html`<div class="emoji-groups" role="group" aria-label=${t("emoji.groups")}>
        ${sections.map(({ title, sign }, index) => html`<button aria-label=${title} title=${title} @click=${() => this.#show(index)}>${sign}</button>`)}</div>`}
      <div class="emoji-list" tabindex="-1" @keydown=${this.#keyedInGrid}>${this.#table ? sections.map((section, index) => this.#section(section, index)) : this.#waiting()}</div>
      <p class="visually-hidden" role="status">${this.#outcome(sections)}</p>
    </dialog>`
  }

  firstUpdated() {
    const dialog = this.#dialog
    dialog.showModal()
    this.#place(dialog)
    // On a touch screen the keyboard would cover what there is to choose from.
    if (COARSE.matches) /** @type {HTMLElement} */ (dialog.querySelector(".emoji-list")).focus()
  }

  updated() {
    for (const grid of this.querySelectorAll(".emoji-grid")) {
      /** @type {HTMLElement} */ (grid).style.setProperty("--rows", String(Math.ceil(grid.childElementCount / COLUMNS)))
    }
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"))
  }

  async #load() {
    this.#hasFailed = false
    try {
      this.#table = await loadTable()
    } catch {
      this.#hasFailed = true
    }
    this.requestUpdate()
  }

  /** @returns {Section[]} */
  #sections() {
    const table = this.#table
    if (!table) return []
    if (this.#query !== "") return [{ title: t("emoji.found"), sign: "", list: search(table, this.#query, FOUND) }]
    const titles = [
      t("emoji.smileys"), t("emoji.people"), t("emoji.animals"), t("emoji.food"), t("emoji.travel"), t("emoji.activities"),
      t("emoji.objects"), t("emoji.symbols"), t("emoji.flags"),
    ]
    const groups = table.groups.map((list, index) => ({ title: titles[index], sign: GROUP_SIGNS[index], list }))
    const known = new Map(table.all.map((each) => [each.emoji, each]))
    const recent = recentEmoji().flatMap((emoji) => known.get(emoji) ?? [])
    return recent.length > 0 ? [{ title: t("emoji.recent"), sign: "🕘", list: recent }, ...groups] : groups
  }

  /** @param {Section} section @param {number} index */
  #section({ title, list }, index) {
    const language = translator.locale === "zh-CN" ? "zh" : "en"
    return html`<section aria-label=${title}><h3 aria-hidden="true">${title}</h3>
      ${list.length === 0 ? html`<p class="help">${t("emoji.none")}</p>` : nothing}
      <div class="emoji-grid" role="group" aria-label=${title}>${list.map(({ emoji, names }, place) => html`<button data-emoji=${emoji}
        tabindex=${index === 0 && place === 0 ? 0 : -1} aria-label=${names[language]} title=${names[language]}>${emoji}</button>`)}</div></section>`
  }

  #waiting() {
    if (!this.#hasFailed) return html`<p class="help" role="status">${t("emoji.loading")}</p>`
    return html`<p class="help" role="alert">${t("emoji.failed")} <button class="link" @click=${this.#load}>${t("history.retry")}</button></p>`
  }

  /** @param {Section[]} sections */
  #outcome([found]) {
    if (this.#query === "" || !found) return ""
    return found.list.length === 0 ? t("emoji.none") : t("emoji.count", { count: found.list.length })
  }

  /** @param {InputEvent} event */
  #searched(event) {
    if (event.isComposing) return
    this.#query = /** @type {HTMLInputElement} */ (event.target).value.trim()
    this.requestUpdate()
  }

  /** @param {KeyboardEvent} event */
  #keyedInSearch(event) {
    if (this.#composition.covers(event)) return
    const [first] = this.#buttons
    if (event.key === "ArrowDown" && first) {
      event.preventDefault()
      first.focus()
    } else if (event.key === "Enter" && this.#query !== "" && first) {
      event.preventDefault()
      this.#choose(first.dataset.emoji ?? "")
    }
  }

  /** @param {KeyboardEvent} event */
  #keyedInGrid(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const buttons = this.#buttons
    const from = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target))
    if (from < 0) return
    const to = this.#target(event.key, buttons, from)
    if (to === null) return
    event.preventDefault()
    if (to < 0) this.querySelector("input")?.focus()
    else buttons[Math.min(to, buttons.length - 1)].focus()
  }

  /** @param {string} key @param {HTMLButtonElement[]} buttons @param {number} from @returns {number | null} negative for the search field, null for another key */
  #target(key, buttons, from) {
    const isRightToLeft = getComputedStyle(this).direction === "rtl"
    switch (key) {
      case "ArrowRight": return isRightToLeft ? Math.max(0, from - 1) : from + 1
      case "ArrowLeft": return isRightToLeft ? from + 1 : Math.max(0, from - 1)
      case "ArrowDown": return below(buttons, from)
      case "ArrowUp": return above(buttons, from)
      case "Home": return 0
      case "End": return buttons.length - 1
      default: return null
    }
  }

  get #buttons() {
    return /** @type {HTMLButtonElement[]} */ ([...this.querySelectorAll("[data-emoji]")])
  }

  /** @param {number} index */
  #show(index) {
    this.querySelectorAll("section")[index]?.scrollIntoView({ block: "start" })
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = /** @type {Element} */ (event.target)
    if (target === this.#dialog) return this.#dialog.close()
    const emoji = /** @type {HTMLElement | null} */ (target.closest("[data-emoji]"))?.dataset.emoji
    if (emoji) this.#choose(emoji)
  }

  /** @param {string} emoji */
  #choose(emoji) {
    this.chosen = emoji
    preferences.set({ recentEmoji: [emoji, ...recentEmoji().filter((each) => each !== emoji)].slice(0, RECENT) })
    this.#dialog.close()
  }

  /** Above the anchor where there is room, else below; always whole inside the window. On a phone the style sheet has its place. @param {HTMLDialogElement} dialog */
  #place(dialog) {
    for (const side of ["left", "top"]) dialog.style.removeProperty(side)
    if (!this.anchor || PHONE.matches) return
    const { top, bottom, right } = this.anchor.getBoundingClientRect()
    const { width, height } = dialog.getBoundingClientRect()
    const above = top - height - MARGIN
    const y = above >= MARGIN ? above : Math.min(bottom + MARGIN, innerHeight - height - MARGIN)
    dialog.style.setProperty("left", `${Math.max(MARGIN, Math.min(right - width, innerWidth - width - MARGIN))}px`)
    dialog.style.setProperty("top", `${Math.max(MARGIN, y)}px`)
  }
}

/** What stands in the storage may be anything. @returns {string[]} */
function recentEmoji() {
  const { recentEmoji: stored } = preferences.values
  return Array.isArray(stored) ? stored.filter((each) => typeof each === "string") : []
}

/** @param {HTMLButtonElement[]} buttons @param {number} from */
function below(buttons, from) {
  const { place, count } = placeIn(buttons[from])
  const isLastRow = Math.floor(place / COLUMNS) === Math.floor((count - 1) / COLUMNS)
  if (!isLastRow) return from + Math.min(COLUMNS, count - 1 - place)
  const next = buttons[from - place + count]
  return next ? from - place + count + Math.min(place % COLUMNS, placeIn(next).count - 1) : from
}

/** @param {HTMLButtonElement[]} buttons @param {number} from */
function above(buttons, from) {
  const { place } = placeIn(buttons[from])
  if (place >= COLUMNS) return from - COLUMNS
  const previous = buttons[from - place - 1]
  if (!previous) return -1
  const { count } = placeIn(previous)
  const lastRow = Math.floor((count - 1) / COLUMNS) * COLUMNS
  return from - place - count + Math.min(lastRow + (place % COLUMNS), count - 1)
}

/** @param {HTMLButtonElement} button @returns {{place: number, count: number}} in its own grid */
function placeIn(button) {
  const grid = /** @type {HTMLElement} */ (button.parentElement)
  return { place: [...grid.children].indexOf(button), count: grid.childElementCount }
}

customElements.define("sc-emoji-picker", Picker)
