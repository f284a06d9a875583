/** Has the page's own files kept by a service worker, so that the page opens without the network. */

const WORKER = "/worker.js"

/** Where a worker cannot be had (plain http, private windows), everything goes on without. */
export function keepShell() {
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
