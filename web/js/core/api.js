/** The requests that the page makes beside its socket. */
import { ConnectionLost, Refused } from "./socket.js"

const ROOMS_LIMIT = 200

export async function signOut() {
  await send("DELETE", "/api/session")
}

/** @param {string} [after] the last name of the page before @returns {Promise<import("./types.js").RoomInfo[]>} by name */
export async function openRooms(after) {
  const query = new URLSearchParams({ limit: String(ROOMS_LIMIT), ...(after ? { after } : {}) })
  return (await bodyOf(await reach(`/api/rooms?${query}`))).rooms
}

/** @param {string} name @param {string} kind `open` or `closed` @returns {Promise<import("./types.js").RoomInfo | undefined>} */
export async function createRoom(name, kind) {
  const body = await send("POST", "/api/rooms", { name, kind })
  return body.room ?? body
}

/** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} fails with Refused or ConnectionLost */
export async function send(method, path, body) {
  const headers = { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) }
  return bodyOf(await reach(path, { method, headers, body: body ? JSON.stringify(body) : undefined }))
}

/** As fetch, but fails with ConnectionLost. @param {string} path @param {RequestInit} [request] */
export async function reach(path, request) {
  try {
    return await fetch(path, request)
  } catch {
    throw new ConnectionLost()
  }
}

/** @param {Response} response @returns {Promise<any>} fails with Refused or ConnectionLost */
export async function bodyOf(response) {
  const text = await response.text().catch(() => {
    throw new ConnectionLost()
  })
  const body = parsed(text)
  if (response.ok) return body ?? {}
  const error = body?.error ?? { code: "internal", message: `${response.status}`, temporary: response.status >= 500 }
  throw Object.assign(new Refused(error), { least: error.least })
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
