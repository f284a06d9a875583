/**
 * Keeps the page's own files, so that the page opens without the network. It keeps what lies below /static/<build>/, whose
 * content never changes, and the page itself; never an answer of the API, and nothing of what is said.
 */

const SHELL = "/"
const STATIC = /^\/static\/[0-9a-f]+\//u
const PAGE = /^\/(?:r\/[^/]+\/?)?$/u
const KEPT_IN_PAGE = /"(\/static\/([0-9a-f]+)\/[^"]+)"/gu

addEventListener("install", (event) => event.waitUntil(keepShell().then(() => skipWaiting())))
addEventListener("activate", (event) => event.waitUntil(clients.claim()))
addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== "GET" || origin !== location.origin) return
  if (STATIC.test(pathname)) event.respondWith(fromStore(request, pathname))
  else if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(request))
})

/** @param {Request} request @param {string} pathname */
async function fromStore(request, pathname) {
  const kept = await caches.match(pathname)
  if (kept) return kept
  const response = await fetch(request)
  // An old build is served but not to be kept, and says so.
  if (response.ok && response.headers.get("cache-control")?.includes("immutable")) {
    const store = await caches.open(pathname.split("/")[2])
    await store.put(pathname, response.clone())
  }
  return response
}

/** The network first: a newer page is wanted as soon as there is one. @param {Request} request */
async function page(request) {
  try {
    const response = await fetch(request)
    if (response.ok) await keep(response.clone())
    return response
  } catch (error) {
    const kept = await caches.match(SHELL)
    if (kept) return kept
    throw error
  }
}

async function keepShell() {
  const response = await fetch(SHELL)
  if (!response.ok) return
  const build = await keep(response.clone())
  if (build === null) return
  const addresses = [...(await response.text()).matchAll(KEPT_IN_PAGE)].map(([, address]) => address)
  await (await caches.open(build)).addAll([...new Set(addresses)])
}

/** Keeps a page, and lets go of what belonged to another build. @param {Response} response @returns {Promise<string | null>} its build */
async function keep(response) {
  const text = await response.clone().text()
  const [first] = text.matchAll(KEPT_IN_PAGE)
  if (!first) return null
  const build = first[2]
  await (await caches.open(build)).put(SHELL, response)
  const others = (await caches.keys()).filter((name) => name !== build)
  await Promise.all(others.map((name) => caches.delete(name)))
  return build
}
