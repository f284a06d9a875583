/** Where somebody is in the room looked at: what they came for, how far they had read, what is to stay unread. */

const READ_EVERY_MS = 500

export class Reader {
  /** @type {number | null} up to where somebody had read before coming into this room: the divider stands behind it */
  unreadAfter = null
  #chat
  #clock
  #keepsUnread = false
  #isOpening = false
  /** @type {number | null} the message that the person came for */
  #wanted = null
  #readAt = -Infinity

  /** @param {import("./chat.js").Chat} chat @param {import("./types.js").Clock} clock */
  constructor(chat, clock) {
    this.#chat = chat
    this.#clock = clock
  }

  /** Somebody comes into the room looked at, or comes back to it. @param {number | null} seq of the message they came for */
  arrive(seq) {
    this.unreadAfter = null
    this.#keepsUnread = false
    this.#isOpening = true
    this.#wanted = seq
    this.#chat.room?.backToEnd()
  }

  /** The room looked at has its newest messages: the first time, the place where it opens is looked for. */
  async open() {
    const { room } = this.#chat
    if (!this.#isOpening || !room?.isLoaded || room.refusal) return
    this.#isOpening = false
    const { readSeq, lastSeq, tail } = room
    this.unreadAfter = readSeq > 0 && readSeq < lastSeq ? readSeq : null
    if (!room.notes.some((note) => note.who === null)) room.note("connected", null, this.#clock.now())
    this.#chat.list.add(room.info)
    this.#chat.emit("rooms")
    const seq = this.#wanted ?? (this.unreadAfter === null ? lastSeq : readSeq + 1)
    if (!tail.reachesUpTo(seq)) {
      room.isSeeking = true
      // Where the page around it cannot be had, the end is shown.
      await this.#chat.pager().then((pager) => pager?.bring(room, seq)).catch(() => {})
      room.isSeeking = false
    }
    if (this.#wanted !== null && room === this.#chat.room) this.#chat.emit("show", this.#wanted)
    this.#wanted = null
    this.#chat.emit("room")
  }

  /** The person has had this message before their eyes. @param {number} seq */
  read(seq) {
    const { room, socket, list } = this.#chat
    if (!room || this.#keepsUnread || seq <= room.readSeq || socket.state !== "live") return
    if (this.#clock.now() - this.#readAt < READ_EVERY_MS) return
    this.#readAt = this.#clock.now()
    room.readSeq = seq
    list.read(room.name, seq)
    socket.tell("read", { room: room.name, seq })
    this.#chat.emit("rooms")
  }

  /** Everything in the room looked at is read, and the divider goes. */
  markRead() {
    const { room } = this.#chat
    if (!room) return
    this.unreadAfter = null
    this.#keepsUnread = false
    this.#readAt = -Infinity
    this.read(room.lastSeq)
    this.#chat.emit("room")
  }

  /** The position is elsewhere now, maybe further up than it was. @param {import("./room.js").Room} room @param {number} readSeq */
  follow(room, readSeq) {
    const isLower = readSeq < room.readSeq
    room.readSeq = readSeq
    if (!isLower || room !== this.#chat.room) return
    this.unreadAfter = readSeq
    this.#keepsUnread = true
    this.#chat.emit("room")
  }

  /**
   * What comes while nobody looks stands below a divider; one that has unread messages below it stays.
   *
   * @param {import("./room.js").Room} room
   * @param {import("./types.js").Message} message
   */
  divide(room, message) {
    const before = room.tail.messages.findLast(({ seq, user }) => seq < message.seq && user.id !== this.#chat.me?.id)
    const isRead = !before || before.seq <= room.readSeq
    if (isRead) this.unreadAfter = message.seq - 1
    else this.unreadAfter ??= room.readSeq || message.seq - 1
  }
}
