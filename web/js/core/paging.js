/** Brings the messages above and below what is shown of a room, and those around one that is far away. */
import { PAGE } from "./room.js"

/** @typedef {import("./room.js").Room} Room */

export class Pager {
  #socket
  #changed

  /** @param {{socket: import("./socket.js").Socket, changed: (room: Room) => void}} parts */
  constructor({ socket, changed }) {
    this.#socket = socket
    this.#changed = changed
  }

  /** The page above what is shown; one request at a time. @param {Room} room */
  async loadOlder(room) {
    const { shown: run } = room
    if (room.history === "loading" || !run.more || !room.isLoaded) return
    await this.#load(room, "history", { before: run.oldestSeq }, (page) => room.addOlder(run, page))
  }

  /** The page below what is shown somewhere else. @param {Room} room */
  async loadNewer(room) {
    const { aside: run } = room
    if (room.later === "loading" || !run) return
    await this.#load(room, "later", { after: run.lastSeq }, (page) => room.addNewer(run, page))
  }

  /**
   * Shows the room around a message instead of at its end. Fails as the socket does.
   *
   * @param {Room} room
   * @param {number} seq
   */
  async lookAside(room, seq) {
    room.lookAside(await this.#socket.command("history", { room: room.name, around: seq, limit: PAGE }))
    this.#changed(room)
  }

  /**
   * @param {Room} room
   * @param {"history" | "later"} side
   * @param {Record<string, number>} from
   * @param {(page: any) => void} add
   */
  async #load(room, side, from, add) {
    const { shown } = room
    room[side] = "loading"
    this.#changed(room)
    try {
      const page = await this.#socket.command("history", { room: room.name, ...from, limit: PAGE })
      if (room.shown === shown && shown.messages.length > 0) add(page)
      room[side] = "idle"
    } catch {
      room[side] = "failed"
    }
    this.#changed(room)
  }
}
