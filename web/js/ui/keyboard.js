/** The keys that act wherever one is on the page. */
import { addressOf, chat, preferences, router } from "../context.js"
import { Composition } from "../core/keys.js"
import { arranged, newsIn, roomKey } from "../core/store.js"
import { brought, openDialog } from "./dialogs.js"

/** Selectors of what takes the focus in each region: rooms, log, composer, panel. */
const REGIONS = [
  [".side", ".side .room[aria-current], .side .jump"],
  ["sc-timeline", "sc-timeline article[tabindex='0'], sc-timeline .scroll"],
  ["sc-composer", "#composer-field"],
  [".panel", ".panel button, .panel input"],
]
const TAKES_TEXT = "input, textarea, select, [contenteditable], dialog, [role=menu], article"

const composition = new Composition()

export function listenForKeys() {
  addEventListener("compositionstart", () => composition.start())
  addEventListener("compositionend", () => composition.end())
  addEventListener("keydown", (event) => {
    if (chat.phase !== "chat" || event.defaultPrevented || composition.covers(event)) return
    const act = actFor(event)
    if (!act || document.querySelector("dialog[open], .menu-layer")) return
    if (act !== typeIntoField) event.preventDefault()
    act()
  })
}

/** @param {KeyboardEvent} event @returns {(() => void) | null} */
function actFor(event) {
  const { key, altKey, shiftKey } = event
  const isCommand = event.ctrlKey || event.metaKey
  if (isCommand && !altKey && !shiftKey && key.toLowerCase() === "k") return () => void openDialog("sc-jump")
  if (isCommand && !altKey && key === "/") return () => void openDialog("sc-shortcuts")
  if (key === "F6" && !altKey) return () => toNextRegion(shiftKey ? -1 : 1)
  if (key === "Escape" && shiftKey) return () => void brought(() => import("./menus.js")).then((menus) => menus?.askToReadAll())
  if (altKey && !isCommand && (key === "ArrowUp" || key === "ArrowDown")) return () => toNextRoom(key === "ArrowUp" ? -1 : 1, shiftKey)
  const isTyped = [...key].length === 1 && key !== " " && !isCommand && !altKey
  return isTyped && !/** @type {Element} */ (event.target).closest(TAKES_TEXT) ? typeIntoField : null
}

/** The key itself then does the rest. */
function typeIntoField() {
  document.getElementById("composer-field")?.focus()
}

/** @param {1 | -1} step @param {boolean} isUnreadWanted */
function toNextRoom(step, isUnreadWanted) {
  const all = arranged(chat.list.own, { pinned: preferences.values.pinned, held: null })
  const rooms = [...all.filter((room) => room.kind !== "direct"), ...all.filter((room) => room.kind === "direct")]
  const isWanted = (/** @type {import("../core/store.js").Listed} */ room) => !isUnreadWanted || newsIn(room).isUnread
  const index = rooms.findIndex((room) => roomKey(room.name) === chat.current)
  const turn = step > 0 ? [...rooms.slice(index + 1), ...rooms.slice(0, Math.max(index, 0))] : [...rooms.slice(0, Math.max(index, 0)).reverse(), ...rooms.slice(index + 1).reverse()]
  const next = turn.find(isWanted)
  if (next && addressOf(next.name) !== location.pathname) router.go(next.name)
}

/** @param {1 | -1} step */
function toNextRegion(step) {
  const present = REGIONS.filter(([region]) => document.querySelector(region)?.checkVisibility())
  const at = present.findIndex(([region]) => document.activeElement?.closest(region))
  const [, target] = present[(at + step + present.length) % present.length]
  const [first, second] = target.split(", ")
  const element = document.querySelector(first) ?? document.querySelector(second)
  if (element instanceof HTMLElement) element.focus()
}
