/** Brings the messages above and below what is shown of a room, and those around one that is far away. */
import { PAGE, Run } from "./room.js"

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
    const { shown } = room
    if (!shown.more || !room.isLoaded) return
    await this.#load(room, "history", { before: shown.oldestSeq }, (page) => {
      for (const message of page.messages) shown.apply(message)
      shown.more = page.more
      if (shown === room.tail) room.skippedAfter = null
      else shown.trim(false)
    })
  }

  /** The page below what is shown somewhere else. @param {Room} room */
  async loadNewer(room) {
    const { aside } = room
    if (!aside) return
    await this.#load(room, "later", { after: aside.lastSeq }, (page) => {
      for (const message of page.messages) aside.apply(message)
      aside.trim(true)
      meet(room, page.more_after)
    })
  }

  /**
   * Sees to it that a message is among those that are shown, if need be instead of the newest ones. Fails as the socket does.
   *
   * @param {Room} room
   * @param {number} seq
   */
  async bring(room, seq) {
    if (room.shown.get(seq)) return
    if (room.tail.reachesUpTo(seq)) return room.backToEnd()
    const page = await this.#page(room, { around: seq })
    room.backToEnd()
    room.aside = new Run(page.messages, page.more)
    catchUp(room)
    meet(room, page.more_after)
    this.#changed(room)
  }

  /**
   * @param {Room} room
   * @param {"history" | "later"} side
   * @param {Record<string, number>} from
   * @param {(page: any) => void} add
   */
  async #load(room, side, from, add) {
    if (room[side] === "loading") return
    const { shown } = room
    room[side] = "loading"
    this.#changed(room)
    try {
      const page = await this.#page(room, from)
      if (room.shown === shown && shown.messages.length > 0) add(page)
      catchUp(room)
      room[side] = "idle"
    } catch {
      room[side] = "failed"
    }
    this.#changed(room)
  }

  /** @param {Room} room @param {Record<string, number>} from @returns {Promise<any>} */
  #page(room, from) {
    room.meanwhile ??= []
    return this.#socket.command("history", { room: room.name, ...from, limit: PAGE })
  }
}

/** Puts what was heard meanwhile over what a page has brought. @param {Room} room */
function catchUp(room) {
  const heard = room.meanwhile ?? []
  room.meanwhile = null
  for (const message of heard) room.take(message)
}

/** Where what is shown elsewhere has met the newest messages, they are one. @param {Room} room @param {boolean} isShort there is more below */
function meet(room, isShort) {
  const { aside, tail } = room
  if (!aside || (isShort && aside.lastSeq < tail.oldestSeq)) return
  for (const message of tail.messages) aside.apply(message)
  room.tail = aside
  room.aside = room.skippedAfter = null
}
