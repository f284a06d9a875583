/** Opens what is brought only when it is wanted: dialogs and menus. */
import { brought } from "./view.js"

const DIALOGS = {
  "sc-account": () => import("./sc-account.js"),
  "sc-ask": () => import("./sc-ask.js"),
  "sc-bans": () => import("./sc-bans.js"),
  "sc-create": () => import("./sc-create.js"),
  "sc-direct": () => import("./sc-direct.js"),
  "sc-download": () => import("./sc-download.js"),
  "sc-invite": () => import("./sc-invite.js"),
  "sc-jump": () => import("./sc-jump.js"),
  "sc-moderate": () => import("./sc-moderate.js"),
  "sc-people": () => import("./sc-people.js"),
  "sc-preferences": () => import("./sc-preferences.js"),
  "sc-room-settings": () => import("./sc-room-settings.js"),
  "sc-shortcuts": () => import("./sc-shortcuts.js"),
}

/**
 * Puts a dialog before the page. One at a time; the focus goes back to where it was.
 *
 * @param {keyof typeof DIALOGS} tag
 * @param {Record<string, unknown>} [properties]
 * @returns {Promise<any>} what the dialog was closed with; undefined where it could not be had or was only closed
 */
export async function openDialog(tag, properties = {}) {
  if (!(await brought(DIALOGS[tag])) || document.querySelector("dialog[open]")) return undefined
  const dialog = Object.assign(document.createElement(tag), properties)
  return new Promise((resolve) => {
    dialog.addEventListener("done", (event) => {
      dialog.remove()
      resolve(/** @type {CustomEvent} */ (event).detail)
    })
    document.body.append(dialog)
  })
}

/** @param {HTMLElement} button that it belongs to @param {(menus: typeof import("./menus.js")) => import("./menu.js").Menu | Promise<import("./menu.js").Menu>} make */
export async function openMenu(button, make) {
  const modules = await brought(() => Promise.all([import("./menu.js"), import("./menus.js")]))
  if (modules) modules[0].openMenu(button, await make(modules[1]))
}
