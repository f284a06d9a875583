/**
 * The shapes that cross the wire, as the page sees them, and those that cross its modules. Nothing here runs, nor is it ever loaded.
 *
 * Topics of `Chat`: `session` (who I am, which screen), `rooms` (the list), `room` (the room looked at), `connection`,
 * `heard` ({ room, message, isCalled }: somebody else wrote), `news` ({ room, isCalled }: of a room that is not heard),
 * `announced` (the administrator's words), `left` (the room looked at), `renamed` ({ was, room }: keys), `appeared` (an own
 * message was added), `show` (the number of a message that is to be seen), `notice` (words or an error on what went
 * wrong, or a `Notice` of what was done: said above the composer).
 * Topics of `Socket`: `state`, `hello` (first frame of each connection), `event` (every other event of the server). Its
 * states: `connecting`, `live`, `catching-up`, `reconnecting`, `offline`, `refused`, and `closed` before start and after stop.
 *
 * @typedef {{words: unknown, action?: string, act?: () => unknown}} Notice with what can be done about it
 * @typedef {{id: number, name: string, kind?: string, role?: string, online?: boolean}} User
 * @typedef {{emoji: string, count: number, users: string[]}} Reaction
 * @typedef {{
 *   room: string, seq: number, changed_seq: number, sent_at: number, user: User, text?: string, kind?: string,
 *   client_message_id?: string, reply_to?: number, edited_at?: number, deleted_at?: number, reactions?: Reaction[],
 * }} Message
 * @typedef {{
 *   name: string, title?: string, topic?: string, kind?: string, archived_at?: number | null, slow_mode_s?: number,
 *   last_seq?: number, read_seq?: number, online?: number, posting?: string, history?: string, retain_s?: number, people?: User[],
 * }} RoomInfo
 * @typedef {{code: string, message: string, temporary?: boolean, retry_after_ms?: number, until?: number}} WireError
 * @typedef {WireError & {by?: string}} Refusal why a room may not be read; by whom and until when it was ruled
 * @typedef {{
 *   role: string | null, may_post: boolean, may_react: boolean, may_delete: boolean, may_moderate: boolean, may_set: boolean,
 *   slow_mode_s: number, refusal?: Refusal,
 * }} You what one may do in a room; `refusal` says why one may not post
 * @typedef {{now(): number, setTimeout(callback: () => void, ms: number): any, clearTimeout(id: any): void}} Clock
 * @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void,
 *   keys(): string[]}} Storage
 * @typedef {{isCoarse: boolean, enter?: "send" | "break" | null}} Habit the primary pointer, and what the person wants of Enter
 * @typedef {{key: string, shiftKey?: boolean, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean}} Key
 * @typedef {{
 *   locale: string | null, theme: string | null, enter: "send" | "break" | null, typing: boolean, sound: boolean,
 *   notifications: boolean, isPanelOpen: boolean, isBrowsing: boolean, name: string, room: string | null, pinned: string[],
 *   recentEmoji: string[],
 * }} Values `null`: as the system or the kind of pointer has it. `enter`: what the bare key does; `typing`: whether others
 *   are told; `pinned`: rooms by `roomKey`; `isBrowsing`: whether the open rooms are listed; `recentEmoji`: the newest first
 * @typedef {{text: string, caret?: number, reply_to?: number, at?: number}} Draft
 * @typedef {{
 *   id: string, order: number, at: number, user: number, room: string, text: string, kind?: string, reply_to?: number,
 *   failed?: string, detail?: string, isSent?: boolean,
 * }} Entry `failed` names why it waits for the person; `isSent`: the server has it, the page has not heard it yet
 * @typedef {"all" | "mentions" | "none"} Level what of a room is worth a notification
 * @typedef {{
 *   outbox: import("./storage.js").Outbox, clock: Clock, post: (entry: Entry) => Promise<any>, changed: (room: string) => void,
 *   hasHeard: (room: string, seq: number) => boolean, restAfter?: (room: string) => number,
 * }} PartsOfSender `restAfter`: how long the room wants no second message, in milliseconds
 * @typedef {{messages: Message[], entries: Entry[], notes: Note[], me: User, unreadAfter: number | null}} Said all that is
 *   shown of a room; `unreadAfter`: the divider stands before the first message of somebody else beyond it
 * @typedef {RoomInfo & {unread?: number, mentions?: number, notify?: Level, active_at?: number}} Listed
 *   `unread`: messages of others not yet read, counted up to a hundred; `active_at`: when the newest came, in milliseconds
 * @typedef {{key: string, at: number, afterSeq: number, kind: "connected" | "disconnected", who: string | null}} Note
 *   somebody came or went; `who` is null for this page's own connection
 * @typedef {{type: "message", key: string, message: Message, isContinued: boolean, entry?: Entry}} MessageRow
 * @typedef {{type: "day", key: string, at: number, day: number}} DayRow
 * @typedef {{type: "notes", key: string, notes: Note[]}} NotesRow
 * @typedef {{type: "new", key: string}} NewRow
 * @typedef {MessageRow | DayRow | NotesRow | NewRow} Row
 * @typedef {{id: number, rows: any[]}} Block
 * @typedef {{type: string, text?: string, href?: string, language?: string, start?: number | null, children?: Node[]}} Node
 *   `text`, `code` (in a line), `fence` (a block of it), `plain` (a whole message as typed) carry text;
 *   `paragraph`, `strong`, `em`, `strike`, `quote`, `list` (`start` where it counts), `item`, `link` carry children
 * @typedef {{names: string[], me: string, tail: unknown}} Surroundings who may be called by name; what stands behind the last word
 */

export {}
