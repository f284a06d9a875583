/** What the server says beside messages: who is here, what became of a room, what waits in it, a word to everybody. */
import { roomKey } from "./store.js"
import { Run } from "./room.js"

/** @typedef {import("./chat.js").Chat} Chat */

/**
 * Carries an event into the model. One of an unknown type changes nothing: the server may be newer than the page.
 *
 * @param {Chat} chat
 * @param {any} frame
 * @param {number} now milliseconds
 */
export function hearNews(chat, frame, now) {
  switch (frame.type) {
    case "presence": return presence(chat, frame, now)
    case "room": return roomNews(chat, frame)
    case "activity": return activity(chat, frame)
    case "notify": return leveled(chat, frame)
    case "removed": return removed(chat, frame)
    case "announcement": return announced(chat, frame)
    case "permissions": return permitted(chat, frame)
    case "user": return renamed(chat, frame)
    case "forgotten": return forgotten(chat, frame)
    case "read": return readElsewhere(chat, frame)
  }
}

/** @param {Chat} chat @param {any} frame @param {number} now */
function presence(chat, frame, now) {
  const room = chat.subscriptions.get(frame.room)
  if (!room) return
  hearPresence(room, frame)
  for (const user of frame.left ?? []) if (user.id !== chat.me?.id) room.note("disconnected", user.name, now)
  for (const user of frame.joined ?? []) if (user.id !== chat.me?.id) room.note("connected", user.name, now)
  if (room === chat.room) chat.emit("room")
}

/** @param {import("./room.js").Room} room @param {{online: number, joined?: any[], left?: any[]}} presence */
export function hearPresence(room, { online, joined = [], left = [] }) {
  room.online = online
  for (const user of joined) {
    if (!room.members.has(user.id)) room.memberCount += 1
    room.members.set(user.id, { ...room.members.get(user.id), ...user, online: true })
  }
  for (const user of left) room.members.set(user.id, { ...room.members.get(user.id), ...user, online: false })
}

/** @param {Chat} chat @param {any} frame */
function roomNews(chat, { room: info, was, deleted, left }) {
  const room = chat.subscriptions.get(was ?? info.name)
  changeList(chat.list, info, { was, isDeleted: deleted === true, hasLeft: left === true })
  if (was !== undefined) {
    const names = { was: roomKey(was), room: roomKey(info.name) }
    chat.emit("renamed", names)
    for (const kept of [chat.drafts, chat.outbox]) kept?.renameRoom(names.was, names.room)
  }
  if (room && left) leave(chat, room)
  else if (room) {
    chat.subscriptions.rooms.delete(room.key)
    if (chat.current === room.key) chat.current = roomKey(info.name)
    // What it may have and does not name, it has no more.
    room.info = { ...room.info, archived_at: undefined, posting: undefined, history: undefined, retain_s: undefined, ...info }
    chat.subscriptions.rooms.set(room.key, room)
    if (deleted) room.refusal = { code: "not_found", message: "" }
    if (room === chat.room) chat.emit("room")
  }
  chat.emit("rooms")
}

/**
 * What has become of a room, in the list of them.
 *
 * @param {import("./store.js").RoomList} list
 * @param {import("./store.js").Listed} info
 * @param {{was?: string, isDeleted?: boolean, hasLeft?: boolean}} news
 */
export function changeList(list, info, { was, isDeleted = false, hasLeft = false }) {
  const held = list.find(was ?? info.name)
  if (isDeleted || hasLeft) {
    list.own = list.own.filter((room) => room !== held)
    list.open = list.open.filter((room) => room !== held)
  } else if (held) {
    Object.assign(held, info)
  }
  const isNews = !isDeleted && (hasLeft || !held) && info.kind === "open"
  if (isNews) list.open = [...list.open, info].sort((a, b) => a.name.localeCompare(b.name))
}

/** The membership is over. Where somebody else has ended it, the room still says so. @param {Chat} chat @param {import("./store.js").Room} room */
function leave(chat, room) {
  if (room.refusal) return
  const isCurrent = room === chat.room
  chat.subscriptions.close(room)
  if (isCurrent) chat.emit("left")
}

/** @param {Chat} chat @param {any} frame */
function readElsewhere(chat, { room: name, seq, unread, mentions }) {
  const room = chat.subscriptions.get(name)
  if (room) chat.reader.follow(room, seq)
  chat.list.read(name, seq, { unread, mentions })
  chat.emit("rooms")
}

/** @param {Chat} chat @param {any} frame */
function activity(chat, { room, last_seq: lastSeq, messages, mentions, active_at: at }) {
  chat.list.hear(room, { lastSeq, messages, mentions, at })
  if (messages !== 0) chat.emit("news", { room, isCalled: mentions > 0 })
  chat.emit("rooms")
}

/** Another device has chosen what of a room is worth a notification. @param {Chat} chat @param {any} frame */
function leveled(chat, { room, level }) {
  const listed = chat.list.find(room)
  if (listed) listed.notify = level
  chat.emit("rooms")
}

/** @param {Chat} chat @param {any} frame from one room, or without `room` from the server, which then hangs up */
function removed(chat, { room: name, kind, reason, by, until }) {
  if (name === undefined) chat.farewell = { reason, by, until }
  const room = name === undefined ? null : chat.subscriptions.get(name)
  if (!room) return
  room.refusal = { code: kind === "ban" ? "banned" : "removed", message: reason ?? "", by, until }
  if (room === chat.room) chat.emit("room")
}

/** @param {Chat} chat @param {any} frame */
function announced(chat, { text }) {
  chat.announcement = text
  chat.emit("announced", text)
  chat.emit("connection")
}

/** What this person may do in a room is another thing now. @param {Chat} chat @param {any} frame */
function permitted(chat, { room: name, you }) {
  const room = chat.subscriptions.get(name)
  if (!room) return
  room.you = you
  if (room === chat.room) chat.emit("room")
}

/** @param {Chat} chat @param {any} event */
async function renamed(chat, event) {
  if (chat.me?.id === event.user.id) chat.become({ ...chat.me, ...event.user })
  // Where it cannot be had, the connection is going as well; the next page of history has the new name.
  const renaming = await import("./renaming.js").catch(() => null)
  for (const room of chat.subscriptions.rooms.values()) renaming?.rename(room, event)
  chat.emit("session")
  chat.emit("room")
}

/** A room keeps its messages for a time, and these are over it. @param {Chat} chat @param {{room: string, seq: number}} frame */
function forgotten(chat, { room: name, seq: last }) {
  const room = chat.subscriptions.get(name)
  if (!room) return
  const later = room.aside && kept(room.aside, last)
  room.tail = kept(room.tail, last)
  if (later && later.messages.length > 0) room.aside = later
  // What stood there is gone: the newest messages are all there is.
  else room.backToEnd()
  room.notes = room.notes.filter((note) => note.afterSeq >= last)
  if (room === chat.room) chat.emit("room")
}

/** @param {Run} run @param {number} last the last number that is gone */
function kept(run, last) {
  return run.oldestSeq > last ? run : new Run(run.messages.filter(({ seq }) => seq > last), false)
}
