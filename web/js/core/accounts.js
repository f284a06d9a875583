/** The requests of people about themselves: coming in, their account, the devices they are signed in with. */
import { openRooms, send } from "./api.js"

/**
 * @typedef {import("./types.js").User} User
 * @typedef {"open" | "invite" | "closed"} Admission
 * @typedef {{guests: Admission, registration: Admission, password_least: number, public: boolean}} Ways how people come in
 * @typedef {{name: string, password?: string, invite?: string}} Entry a password is that of an account; an invitation goes with a name alone, or makes an account
 * @typedef {{user: User, room?: import("./types.js").RoomInfo}} Entered who one is now, and the room an invitation has led to
 * @typedef {{
 *   role: string, admits: string, guests: boolean, accounts: boolean, password_least: number, by: string, expires_at: number,
 *   room?: {name: string, title: string},
 * }} Invitation what it is for, and as what one can come by it
 * @typedef {{id: number, created_at: number, seen_at: number, address: string, agent: string, current?: boolean}} Device
 */

const NOT_SIGNED_IN = 401
const DEFAULT_ROOM = "general"

/** @returns {Promise<Ways>} */
export function waysIn() {
  return send("GET", "/api/server")
}

/** @returns {Promise<{user: User, has_password: boolean} | null>} null where nobody is signed in */
export async function whoAmI() {
  const response = await fetch("/api/session", { headers: { Accept: "application/json" } })
  if (response.status === NOT_SIGNED_IN) return null
  if (!response.ok) throw new Error(`${response.status}`)
  return response.json()
}

/** As a guest, or with the password of an account. @param {Entry} entry @returns {Promise<Entered>} */
export function signIn(entry) {
  return send("POST", "/api/session", entry)
}

/** Makes an account. @param {Entry} entry @returns {Promise<Entered>} */
export function register(entry) {
  return send("POST", "/api/users", entry)
}

/** Uses nothing up. @param {string} invite @returns {Promise<Invitation>} */
export function invitation(invite) {
  return send("POST", "/api/invitation", { invite })
}

/** Joins its room as who one is. @param {string} invite @returns {Promise<{joined: boolean, room?: import("./types.js").RoomInfo}>} */
export function accept(invite) {
  return send("POST", "/api/invitation", { invite, accept: true })
}

/** Whom the link is for. @param {string} reset @returns {Promise<{user: {name: string}, password_least: number}>} */
export function whoseReset(reset) {
  return send("POST", "/api/reset", { reset })
}

/** @param {string} reset @param {string} password @returns {Promise<Entered>} */
export function resetPassword(reset, password) {
  return send("POST", "/api/reset", { reset, password })
}

/** All other devices are signed out. @param {string} password @param {string} newPassword */
export function changePassword(password, newPassword) {
  return send("POST", "/api/password", { password, new_password: newPassword })
}

/** Another name for oneself, also under what one has said. @param {string} name @returns {Promise<User>} */
export async function changeName(name) {
  return (await send("POST", "/api/name", { name })).user
}

/** @returns {Promise<Device[]>} those used last first */
export async function devices() {
  return (await send("GET", "/api/sessions")).sessions
}

/** @param {number} id */
export function signOutDevice(id) {
  return send("DELETE", `/api/sessions/${id}`)
}

/** This one, too. */
export function signOutEverywhere() {
  return send("DELETE", "/api/sessions")
}

/**
 * Where somebody goes who named no room: the one that all servers have, else the liveliest open one.
 *
 * @returns {Promise<string>} the name of a room that is there, or is to be made
 */
export async function firstRoom() {
  const rooms = await openRooms().catch(() => [])
  const lively = [...rooms].sort((a, b) => (b.online ?? 0) - (a.online ?? 0))
  return rooms.find(({ name }) => name === DEFAULT_ROOM)?.name ?? lively[0]?.name ?? DEFAULT_ROOM
}
