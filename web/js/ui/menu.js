/** A menu that opens at its button, or on a phone from below: the ARIA pattern of a menu button, whole. */
import { html, nothing, render } from "../../vendor/lit.js"
import { icon } from "./view.js"

const MARGIN = 8 // CSS pixels to the edges of the window
const PHONE = matchMedia("(max-width: 759.98px)")

/**
 * @typedef {{label: string, act: () => unknown, icon?: string, isChecked?: boolean, isDanger?: boolean, startsGroup?: boolean,
 *   keys?: string, sign?: string}} Item one with `isChecked` is one choice of several; `keys` do the same without the menu
 * @typedef {{title: string, items: Item[], quick?: Item[]}} Menu `quick`: a row of signs above the others
 */

/** @type {(() => void) | null} */
let closePresent = null

/** @param {HTMLElement} button gets the focus back @param {Menu} menu */
export function openMenu(button, menu) {
  const wasOpen = button.getAttribute("aria-expanded") === "true"
  closePresent?.()
  if (wasOpen) return
  const place = document.createElement("div")
  place.className = "menu-layer"
  const close = () => {
    closePresent = null
    removeEventListener("resize", settle)
    place.remove()
    button.setAttribute("aria-expanded", "false")
    button.focus()
  }
  closePresent = close
  button.setAttribute("aria-expanded", "true")
  // Inside the region of its button, since everything on a page belongs to one.
  ;(button.closest("[role=main], [role=navigation], [role=complementary]") ?? document.body).append(place)
  place.addEventListener("pointerdown", (event) => {
    if (event.target !== place) return
    event.preventDefault()
    close()
  })
  place.addEventListener("keydown", (event) => keyed(event, place, close))
  render(template(menu, close), place)
  const list = /** @type {HTMLElement} */ (place.firstElementChild)
  const settle = () => put(list, button)
  addEventListener("resize", settle)
  settle()
  focusAt(place, Math.max(0, menu.items.findIndex((item) => item.isChecked)))
}

/** @param {Menu} menu @param {() => void} close */
function template({ title, items, quick = [] }, close) {
  const choose = (/** @type {Item} */ item) => {
    close()
    item.act()
  }
  return html`<div class="menu" role="menu" aria-label=${title}>${quick.length > 0 ? html`<div class="menu-quick" role="group">${quick.map((item) => html`
    <button class="icon-button" role="menuitem" tabindex="-1" aria-label=${item.label} title=${item.label}
      @click=${() => choose(item)}>${item.sign ?? icon(item.icon ?? "more", "sm")}</button>`)}</div>` : nothing}${items.map((item) => html`
    ${item.startsGroup ? html`<hr>` : nothing}
    <button class="menu-item ${item.isDanger ? "danger" : ""}" role=${item.isChecked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked=${item.isChecked ?? nothing} tabindex="-1" @click=${() => choose(item)}>${icon(item.isChecked === false ? "none" : (item.icon ?? "check"), "sm")}<span dir="auto">${item.label}</span>${item.keys ? html`<kbd class="not-phone" aria-hidden="true">${item.keys}</kbd>` : nothing}</button>`)}</div>`
}

/** Below the button and flush with its far edge, but never out of the window; on a phone the style sheet has its place. @param {HTMLElement} list @param {HTMLElement} button */
function put(list, button) {
  for (const side of ["left", "top"]) list.style.removeProperty(side)
  if (PHONE.matches) return
  const at = button.getBoundingClientRect()
  const { width, height } = list.getBoundingClientRect()
  const left = Math.min(Math.max(MARGIN, at.right - width), innerWidth - width - MARGIN)
  const fitsBelow = at.bottom + height + MARGIN <= innerHeight
  const top = fitsBelow ? at.bottom : Math.max(MARGIN, at.top - height)
  list.style.setProperty("left", `${left}px`)
  list.style.setProperty("top", `${top}px`)
}

/** @param {KeyboardEvent} event @param {HTMLElement} place @param {() => void} close */
function keyed(event, place, close) {
  const all = itemsOf(place)
  const index = all.indexOf(/** @type {HTMLElement} */ (document.activeElement))
  const [next, last] = [(index + 1) % all.length, (index + all.length - 1) % all.length]
  const moves = { ArrowDown: next, ArrowRight: next, ArrowUp: last, ArrowLeft: last, Home: 0, End: all.length - 1 }
  const isLetter = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey
  if (event.key in moves) focusAt(place, moves[/** @type {keyof typeof moves} */ (event.key)])
  else if (isLetter) focusAt(place, nextStarting(all, index, event.key))
  else if (event.key === "Escape" || event.key === "Tab") close()
  else return
  event.preventDefault()
  event.stopPropagation()
}

/** @param {HTMLElement[]} all @param {number} index @param {string} letter */
function nextStarting(all, index, letter) {
  const later = [...all.slice(index + 1), ...all.slice(0, index + 1)]
  const found = later.find((item) => item.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase()))
  return found ? all.indexOf(found) : index
}

/** @param {HTMLElement} place @returns {HTMLElement[]} */
function itemsOf(place) {
  return [...place.querySelectorAll("button")]
}

/** @param {HTMLElement} place @param {number} index */
function focusAt(place, index) {
  itemsOf(place)[index]?.focus()
}
