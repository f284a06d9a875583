/** What comes with the first thing somebody does: all that is likely to be wanted next, and the files kept for a visit without the network. */
import "../core/paging.js"
import "./composing.js"
import "./dialogs.js"
import "./edges.js"
import "./keyboard.js"
import "./menu.js"
import "./menus.js"
import "./toolbar.js"
import { followKeyboard } from "./viewport.js"

const WORKER = "/worker.js"

export function prepare() {
  // The keyboard of a touch screen may lie over the page.
  if (matchMedia("(pointer: coarse)").matches) followKeyboard(window)
  keepShell()
}

/** Where a service worker cannot be had (plain http, private windows), everything goes on without. */
function keepShell() {
  if (!isSecureContext || !("serviceWorker" in navigator)) return
  navigator.serviceWorker.register(/** @type {any} */ (scriptAddress())).catch(() => {})
}

/** Registering is guarded by the security policy, which lets this one address through. */
function scriptAddress() {
  const types = /** @type {any} */ (globalThis).trustedTypes
  if (!types) return WORKER
  const policy = types.createPolicy("sanchat", {
    createScriptURL: (/** @type {string} */ address) => {
      if (address === WORKER) return address
      throw new TypeError(`no script may come from ${address}`)
    },
  })
  return policy.createScriptURL(WORKER)
}
