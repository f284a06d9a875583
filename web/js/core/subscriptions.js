/** The rooms that are heard over the socket. */
import { PAGE, Room } from "./room.js"
import { ConnectionLost, Refused } from "./socket.js"
import { roomKey } from "./store.js"

export const MISSED_LIMIT = 1_000 // changes
export const OPENED = 20 // rooms heard at once
const ASK_AGAIN_MS = 2_000

/** Keeps the opened rooms at their newest message: subscribes, replays what was missed, repairs holes. */
export class Subscriptions {
  /** @type {Map<string, Room>} by roomKey, the one opened last at the end */
  rooms = new Map()
  #socket
  #clock
  #changed
  /** @type {Map<Room, Promise<void>>} */
  #catchingUp = new Map()

  /**
   * @param {{
   *   socket: import("./socket.js").Socket, clock: import("./types.js").Clock, changed: (room: Room) => void,
   * }} parts
   */
  constructor({ socket, clock, changed }) {
    this.#socket = socket
    this.#clock = clock
    this.#changed = changed
  }

  /** @param {string} name */
  get(name) {
    return this.rooms.get(roomKey(name))
  }

  /** @param {string} name @returns {Promise<Room>} after the room has caught up, or was refused */
  async open(name) {
    const key = roomKey(name)
    const room = this.rooms.get(key) ?? new Room({ name })
    this.rooms.delete(key)
    this.rooms.set(key, room)
    this.#closeLeastUsed()
    if (this.#socket.isOpen && (!room.isLoaded || room.refusal)) await this.catchUp(room)
    return room
  }

  /** @param {Room} room */
  close(room) {
    this.rooms.delete(room.key)
    this.#socket.tell("unsubscribe", { room: room.name })
  }

  /**
   * @param {Map<string, number>} lastSeqs what the server says is each room's newest number
   */
  async resume(lastSeqs) {
    const rooms = [...this.rooms.values()].reverse()
    await Promise.all(rooms.map((room) => this.catchUp(room, lastSeqs.get(room.key))))
  }

  /** @param {Room} room @param {number} [lastSeq] */
  catchUp(room, lastSeq) {
    const running = this.#catchingUp.get(room)
    if (running) return running
    const run = this.#catchUp(room, lastSeq).finally(() => this.#catchingUp.delete(room))
    this.#catchingUp.set(room, run)
    return run
  }

  /** @param {import("./types.js").Message} message a live event @returns {Room | null} the room, where it changed */
  hear(message) {
    const room = this.get(message.room)
    if (!room || this.#catchingUp.has(room)) return null
    const outcome = room.hear(message)
    if (outcome === "hole") void this.catchUp(room)
    return outcome === "applied" ? room : null
  }

  /** @param {Room} room @param {number} [lastSeq] */
  async #catchUp(room, lastSeq) {
    const from = room.cursor ?? 0
    const held = room.lastSeq
    let isFresh = room.cursor === null || (lastSeq ?? 0) - from > MISSED_LIMIT
    let isSkipping = isFresh && room.cursor !== null
    try {
      for (;;) {
        const asked = isFresh ? { limit: PAGE } : { after: room.cursor, epoch: room.epoch }
        const reply = await this.#socket.command("subscribe", { room: room.name, ...asked })
        room.catchUp(reply, { fresh: isFresh })
        room.refusal = null
        isSkipping &&= !reply.reset
        if (reply.complete) break
        isFresh = isSkipping = reply.cursor - from > MISSED_LIMIT
      }
      if (isSkipping && held < room.tail.oldestSeq - 1) room.skippedAfter ??= held
      if (room.history === "failed") room.history = "idle"
      if (room.later === "failed") room.later = "idle"
    } catch (error) {
      this.#refused(room, error)
    }
    this.#changed(room)
  }

  /** @param {Room} room @param {unknown} error */
  #refused(room, error) {
    if (error instanceof ConnectionLost) return
    if (!(error instanceof Refused)) throw error
    if (!error.temporary) {
      const { code, message, until } = error
      // What the ruling itself said, says more.
      room.refusal = room.refusal?.code === code ? { ...room.refusal, until } : { code, message, until }
      return
    }
    this.#clock.setTimeout(() => void this.catchUp(room), error.retryAfterMs || ASK_AGAIN_MS)
  }

  #closeLeastUsed() {
    const [oldest] = this.rooms.values()
    if (this.rooms.size > OPENED) this.close(oldest)
  }
}
