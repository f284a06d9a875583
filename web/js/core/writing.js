/** Who may write in a room, and how often. */

/** @typedef {{info: import("./types.js").RoomInfo, you?: {may_post: boolean, slow_mode_s: number} | null} | null | undefined} Place a room */

/** Whether this person cannot write there, or could not when the server last said so. @param {Place} room */
export function isClosed(room) {
  return Boolean(room?.info.archived_at) || room?.you?.may_post === false
}

/** How long this person rests between two messages in a room, in seconds; 0 for not at all. @param {Place} room */
export function slowModeOf(room) {
  return room?.you?.slow_mode_s ?? room?.info.slow_mode_s ?? 0
}
