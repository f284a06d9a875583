/** Follows links to rooms of this server inside the page. Without it they open the page anew, which works as well. */
import { router } from "../context.js"

export function followLinks() {
  document.addEventListener("click", clicked)
}

/** @param {MouseEvent} event */
function clicked(event) {
  const link = /** @type {Element} */ (event.target).closest("a[href]")
  if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
  if ("inPage" in link.dataset) {
    event.preventDefault()
    return document.getElementById("composer-field")?.focus()
  }
  const room = link.origin === location.origin && /^\/r\/([^/]+)$/u.exec(link.pathname)
  if (!room) return
  event.preventDefault()
  router.go(decodeURIComponent(room[1]), link.hash)
}
