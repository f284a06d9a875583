/**
 * The shapes that cross the wire, as the page sees them. Nothing here runs.
 *
 * @typedef {{id: number, name: string, kind?: string, role?: string, online?: boolean}} User
 * @typedef {{emoji: string, count: number, users: string[]}} Reaction
 * @typedef {{
 *   room: string, seq: number, changed_seq: number, sent_at: number, user: User, text?: string, kind?: string,
 *   client_message_id?: string, reply_to?: number, edited_at?: number, deleted_at?: number, reactions?: Reaction[],
 * }} Message
 * @typedef {{
 *   name: string, title?: string, topic?: string, kind?: string, archived_at?: number | null, slow_mode_s?: number,
 *   last_seq?: number, read_seq?: number, online?: number, posting?: string, history?: string, retain_s?: number,
 * }} RoomInfo
 * @typedef {{code: string, message: string, temporary?: boolean, retry_after_ms?: number}} WireError
 * @typedef {WireError & {by?: string, until?: number}} Refusal why a room may not be read; by whom and until when it was ruled
 * @typedef {{
 *   role: string | null, may_post: boolean, may_react: boolean, may_delete: boolean, may_moderate: boolean, may_set: boolean,
 *   slow_mode_s: number, refusal?: Refusal,
 * }} You what one may do in a room; `refusal` says why one may not post
 * @typedef {{now(): number, setTimeout(callback: () => void, ms: number): any, clearTimeout(id: any): void}} Clock
 * @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void,
 *   keys(): string[]}} Storage
 */

export {}
