/** The rooms column: which rooms are one's own, which others are open, and what is unread in them. */
import { roomKey } from "./store.js"

/** @typedef {import("./types.js").RoomInfo & {mentions?: number}} Listed */

export class RoomList {
  /** @type {Listed[]} the one with the newest activity first */
  own = []
  /** @type {Listed[]} by name, without the own */
  open = []

  /** @param {Listed[]} rooms */
  setOwn(rooms) {
    const mentions = new Map(this.own.map((room) => [roomKey(room.name), room.mentions]))
    this.own = rooms.map((room) => ({ ...room, mentions: mentions.get(roomKey(room.name)) }))
    this.setOpen(this.open)
  }

  /** @param {Listed[]} rooms */
  setOpen(rooms) {
    const own = new Set(this.own.map((room) => roomKey(room.name)))
    this.open = rooms.filter((room) => !own.has(roomKey(room.name)))
  }

  /** A room one has just entered; the order of the others stays, since nothing may move under the pointer. @param {Listed} info */
  add(info) {
    const held = this.find(info.name)
    if (held && this.own.includes(held)) Object.assign(held, info)
    else this.own = [...this.own, { read_seq: 0, ...held, ...info }]
    this.setOpen(this.open)
  }

  /** @param {string} name */
  find(name) {
    const key = roomKey(name)
    return [...this.own, ...this.open].find((room) => roomKey(room.name) === key)
  }

  /** @param {string} name @param {number} lastSeq @param {number} [mentions] */
  hear(name, lastSeq, mentions = 0) {
    const room = this.find(name)
    if (!room) return
    room.last_seq = Math.max(room.last_seq ?? 0, lastSeq)
    room.mentions = (room.mentions ?? 0) + mentions
  }

  /** @param {string} name @param {number} seq */
  read(name, seq) {
    const room = this.find(name)
    if (!room) return
    room.read_seq = Math.max(room.read_seq ?? 0, seq)
    room.mentions = 0
  }

  /** @param {Listed} info @param {{was?: string, isDeleted: boolean}} news */
  change(info, { was, isDeleted }) {
    const held = this.find(was ?? info.name)
    if (isDeleted) {
      this.own = this.own.filter((room) => room !== held)
      this.open = this.open.filter((room) => room !== held)
    } else if (held) {
      Object.assign(held, info)
    } else {
      this.open = [...this.open, info].sort((a, b) => a.name.localeCompare(b.name))
    }
  }
}
