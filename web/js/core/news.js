/** What the server says now and then: what became of a room, of a person, of one's rights; a word to everybody. Loaded with the first of it. */
import { roomKey, titleOf } from "./store.js"
import { Run, slowModeOf } from "./room.js"

/**
 * @typedef {import("./room.js").Room} Room
 * @typedef {import("./chat.js").Chat} Chat
 */

/** One of an unknown type changes nothing: the server may be newer than the page. @param {Chat} chat @param {any} frame */
export function hearRareNews(chat, frame) {
  switch (frame.type) {
    case "room": return roomNews(chat, frame)
    case "notify": return leveled(chat, frame)
    case "removed": return removed(chat, frame)
    case "announcement": return announced(chat, frame)
    case "permissions": return permitted(chat, frame)
    case "user": return renamed(chat, frame)
    case "member": return belongs(chat, frame)
    case "role": return chat.me && promoted(chat, chat.me, frame)
    case "forgotten": return forgotten(chat, frame)
  }
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
    // Of a room that one is banned from, or that is not there, the server speaks again when that is over.
    else if (room.refusal && room.refusal.code !== "removed") void chat.subscriptions.catchUp(room)
    if (room === chat.room) chat.emit("room")
  }
  chat.emit("rooms")
}

/** @param {Chat} chat @param {Room} room */
function leave(chat, room) {
  if (room.refusal) return
  const isCurrent = room === chat.room
  chat.subscriptions.close(room)
  if (isCurrent) chat.emit("left")
}

/** @param {Chat} chat @param {any} frame */
function leveled(chat, { room, level }) {
  const listed = chat.list.find(room)
  if (listed) listed.notify = level
  chat.emit("rooms")
}

/** @param {Chat} chat @param {any} frame from one room, or without `room` from the server, which then hangs up */
function removed(chat, { room: name, kind, reason, by, until }) {
  if (name === undefined) chat.farewell = { reason, by, until }
  if (name === undefined) return
  const listed = chat.list.find(name)
  // Of a room that others cannot see, whoever is banned keeps nothing but the ruling, if they were looking at it.
  const vanishes = kind === "ban" && listed !== undefined && listed.kind !== "open"
  if (vanishes) changeList(chat.list, listed, { isDeleted: true })
  chat.emit("rooms")
  const room = chat.subscriptions.get(name)
  if (!room) return
  if (vanishes) forget(room)
  room.refusal = { code: kind === "ban" ? "banned" : "removed", message: reason ?? "", by, until }
  if (room === chat.room) chat.emit("room")
}

/** @param {Room} room */
function forget(room) {
  Object.assign(room, { tail: new Run(), aside: null, cursor: null, notes: [], memberCount: 0, online: 0 })
  room.members.clear()
}

/** @param {Chat} chat @param {any} frame */
function announced(chat, { text }) {
  chat.announcement = text
  chat.emit("announced", text)
  chat.emit("connection")
}

/** @param {Chat} chat @param {any} frame */
function permitted(chat, { room: name, you }) {
  const room = chat.subscriptions.get(name)
  if (!room) return
  const asked = slowModeOf(room)
  room.you = you
  // Whoever waits for a turn that is no longer asked for waits no longer. What else holds them up, the server says again.
  if (slowModeOf(room) < asked) chat.sender?.pause(room.key, 0)
  if (room === chat.room) chat.emit("room")
}

/** @param {Chat} chat @param {any} event */
function renamed(chat, event) {
  if (chat.me?.id === event.user.id) chat.become({ ...chat.me, ...event.user })
  for (const room of chat.subscriptions.rooms.values()) rename(room, event)
  for (const info of [...chat.list.own, ...[...chat.subscriptions.rooms.values()].map((room) => room.info)]) {
    if (!info.people) continue
    info.people = info.people.map((person) => (person.id === event.user.id ? { ...person, ...event.user } : person))
    info.title = titleOf(info.people, chat.me?.id)
  }
  chat.emit("session")
  chat.emit("room")
}

/** Somebody came to belong to a room, or as something else, or no more. @param {Chat} chat @param {{room: string, user: import("./types.js").User, role: string | null}} frame */
function belongs(chat, { room: name, user, role }) {
  const room = chat.subscriptions.get(name)
  if (!room) return
  const known = room.members.get(user.id)
  if (role !== null) room.members.set(user.id, { ...known, ...user, role })
  else room.members.delete(user.id)
  if ((role !== null) !== (known !== undefined)) room.memberCount += role === null ? -1 : 1
  if (room === chat.room) chat.emit("room")
}

/** @param {Chat} chat @param {import("./types.js").User} me @param {{role: string}} frame */
function promoted(chat, me, { role }) {
  chat.become({ ...me, role })
  chat.emit("session")
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

/**
 * Gives somebody their new name in all that the page holds of a room.
 *
 * @param {Room} room
 * @param {{user: {id: number, name: string}, was: string}} event
 */
export function rename(room, { user: { id, name }, was }) {
  const member = room.members.get(id)
  if (member) room.members.set(id, { ...member, name })
  for (const note of room.notes) if (note.who === was) note.who = name
  for (const run of [room.tail, room.aside]) run?.map((message) => withName(message, { id, name, was }))
}

/** @param {import("./types.js").Message} message @param {{id: number, name: string, was: string}} person */
function withName(message, { id, name, was }) {
  const { user, reactions } = message
  if (user.id !== id && !reactions?.some(({ users }) => users.includes(was))) return message
  return {
    ...message,
    user: user.id === id ? { ...user, name } : user,
    reactions: reactions?.map((each) => ({ ...each, users: each.users.map((other) => (other === was ? name : other)) })),
  }
}

/**
 * @param {import("./store.js").RoomList} list
 * @param {import("./types.js").Listed} info
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
  // Of others than the open ones only their members hear.
  if (!held && !isDeleted && !hasLeft && info.kind !== "open") list.add(info)
  const isNews = !isDeleted && (hasLeft || !held) && info.kind === "open"
  if (isNews) list.open = [...list.open, info].sort((a, b) => a.name.localeCompare(b.name))
}
