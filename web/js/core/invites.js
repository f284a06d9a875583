/** The requests about invitations, of those who may make them. */
import { send } from "./api.js"

/**
 * @typedef {{id: number, hint: string, role: string, admits: string, uses: number, used: number, by: string, created_at: number,
 *   expires_at: number, state: "open" | "used" | "expired" | "revoked", room?: string}} Invite
 * @typedef {{room?: string, expires_in_s: number, uses: number}} Wish without `room`, to the server
 */

/** The link is told this once. @param {Wish} wish @returns {Promise<{invite: Invite, url: string, qr?: string[]}>} */
export function invite(wish) {
  return send("POST", "/api/invites", wish)
}

/** The newest of a room, or of the server: one's own, for administrators all. @param {string} [room] @returns {Promise<Invite[]>} those that are good for somebody yet */
export async function openInvites(room) {
  const { invites } = await send("GET", `/api/invites${room === undefined ? "" : `?${new URLSearchParams({ room })}`}`)
  return invites.filter((/** @type {Invite} */ each) => each.state === "open" && each.room === room)
}

/** It lets nobody in any more. @param {number} id */
export function revoke(id) {
  return send("DELETE", `/api/invites/${id}`)
}
