/** What the keys do that act wherever one is on the page. */
import { addressOf, chat, preferences, router } from "../context.js"
import { arranged, newsIn, roomKey } from "../core/store.js"
import { openDialog } from "./dialogs.js"
import { askToReadAll } from "./menus.js"

/** Selectors of what takes the focus in each region: rooms, log, composer, panel. */
const REGIONS = [
  [".side", ".side .room[aria-current], .side .jump"],
  ["sc-timeline", "sc-timeline article[tabindex='0'], sc-timeline .scroll"],
  ["sc-composer", "#composer-field"],
  [".panel", ".panel button, .panel input"],
]

/** @param {KeyboardEvent} event of one of the keys that main.js listens to */
export function act({ key, shiftKey }) {
  switch (key) {
    case "F6": return toNextRegion(shiftKey ? -1 : 1)
    case "Escape": return askToReadAll()
    case "ArrowUp": return toNextRoom(-1, shiftKey)
    case "ArrowDown": return toNextRoom(1, shiftKey)
    default: return openDialog(key === "/" ? "sc-shortcuts" : "sc-jump")
  }
}

/** @param {1 | -1} step @param {boolean} isUnreadWanted */
function toNextRoom(step, isUnreadWanted) {
  const all = arranged(chat.list.own, { pinned: preferences.values.pinned, held: null })
  const rooms = [...all.filter((room) => room.kind !== "direct"), ...all.filter((room) => room.kind === "direct")]
  const isWanted = (/** @type {import("../core/types.js").Listed} */ room) => !isUnreadWanted || newsIn(room).isUnread
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
