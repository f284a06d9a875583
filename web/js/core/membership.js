/** What a person does with rooms as a whole: how loud they are, reading them all, leaving; and making them. Loaded with the first wish. */
import * as api from "./api.js"

/** @typedef {import("./chat.js").Chat} Chat */

/** @type {import("./types.js").Level[]} */
export const LEVELS = ["all", "mentions", "none"]
export const DEFAULT_LEVEL = "mentions"

/**
 * What of a room is worth a notification, on all devices. Fails as the socket does; then all is as it was.
 *
 * @param {Chat} chat
 * @param {string} name
 * @param {import("./types.js").Level} level
 */
export async function setLevel(chat, name, level) {
  await chat.socket.command("notify", { room: name, level })
  const room = chat.list.find(name)
  if (room) room.notify = level
  chat.emit("rooms")
}

/** @param {Chat} chat @returns {string[]} the own rooms with something unread */
export function unreadRooms(chat) {
  return chat.list.own.filter(({ last_seq: last = 0, read_seq: read = 0, unread = 0 }) => unread > 0 || last > read).map((room) => room.name)
}

/** @param {Chat} chat @param {string[]} names */
export function readAll(chat, names) {
  for (const name of names) {
    const listed = chat.list.find(name)
    const seq = Math.max(listed?.last_seq ?? 0, chat.subscriptions.get(name)?.lastSeq ?? 0)
    const room = chat.subscriptions.get(name)
    if (room) room.readSeq = seq
    chat.socket.tell("read", { room: name, seq })
    chat.list.read(name, seq)
  }
  chat.reader.unreadAfter = null
  chat.emit("rooms")
  chat.emit("room")
}

/** Rooms come about here; opening one that is not there does not make it. @param {Chat} chat @param {string} name @param {"open" | "closed"} [kind] */
export async function createRoom(chat, name, kind = "open") {
  const info = await api.createRoom(name, kind)
  chat.list.add({ ...info, name: info?.name ?? name })
  chat.emit("rooms")
  return info?.name ?? name
}

/** Where the server cannot be told, one stays signed in. @param {Chat} chat */
export async function signOut(chat) {
  await api.signOut()
  chat.forget()
}

/** Ends the membership on all devices. Fails as the socket does. @param {Chat} chat @param {string} name */
export async function leave(chat, name) {
  await chat.socket.command("leave", { room: name })
}

/** The room of this person and those others alone, the same each time. Fails as the socket does. @param {Chat} chat @param {(number | string)[]} others ids or names @returns {Promise<string>} its name */
export async function openDirect(chat, others) {
  const { room } = await chat.socket.command("direct", { users: others })
  chat.list.add(room)
  chat.emit("rooms")
  return room.name
}

/** What is given of a room is changed, the rest stays. Fails as the socket does. @param {Chat} chat @param {string} name @param {Record<string, unknown>} fields */
export async function setRoom(chat, name, fields) {
  await chat.socket.command("set_room", { room: name, ...fields })
}
