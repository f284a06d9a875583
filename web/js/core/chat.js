/** The model behind the page: who I am, which rooms there are, the room looked at, and everything a person can do. */
import { Emitter } from "./emitter.js"
import { Drafts, Outbox, Sender } from "./storage.js"
import { isCalled } from "./typed.js"
import { Reader, slowModeOf } from "./room.js"
import { hearNews, roomKey, RoomList } from "./store.js"
import { Socket } from "./socket.js"
import { Subscriptions } from "./subscriptions.js"

const ACCOUNT = "sanchat.account"
const START_AGAIN_MS = 2_000
const TEXT_LIMIT = 4_000 // code points, until the server has said its own

/** Topics: see types.js. */
export class Chat extends Emitter {
  /** @type {"starting" | "join" | "chat"} */
  phase = "starting"
  /** @type {import("./types.js").User | null} */
  me = null
  /** @type {string | null} key of the room looked at */
  current = null
  serverName = "sanchat"
  hasNewerBuild = false

  isAttended = true
  textLimit = TEXT_LIMIT // code points
  /** @type {string | null} the server's newest announcement */
  announcement = null
  /** @type {{reason: string, by?: string, until?: number} | null} said just before a forced close */
  farewell = null
  list = new RoomList()
  /** @type {Drafts | null} of whoever is signed in */
  drafts = null
  /** @type {Outbox | null} */
  outbox = null
  /** @type {import("./typing.js").Typing | null} comes with the first who types */
  typing = null
  /** @type {Sender | null} */
  sender = null
  /** @type {import("./paging.js").Pager | null} */
  #pager = null
  #wasLive = false
  #clock
  #storage
  #build = ""

  /** @param {{address: string, clock: import("./types.js").Clock, storage: import("./types.js").Storage, open?: any}} parts */
  constructor({ address, clock, storage, open }) {
    super()
    this.#clock = clock
    this.#storage = storage
    this.socket = new Socket({ address, clock, open })
    this.subscriptions = new Subscriptions({ socket: this.socket, clock, changed: (room) => this.#caughtUp(room) })
    this.reader = new Reader(this, clock)
    this.socket.on("state", (state) => this.#connectionChanged(state))
    this.socket.on("hello", (frame) => void this.#hello(frame))
    this.socket.on("event", (frame) => this.#event(frame))
  }

  /** @returns {import("./room.js").Room | null} */
  get room() {
    return (this.current && this.subscriptions.rooms.get(this.current)) || null
  }

  /** Whoever was here last comes in at once; should the server know better, its socket says so. */
  async start() {
    const known = this.#remembered()
    if (known) return this.enter(known)
    try {
      const response = await fetch("/api/session", { headers: { Accept: "application/json" } })
      const { user } = await response.json()
      if (user) return this.enter(user)
      if (response.status !== 401 && response.status !== 403) throw new Error("not now")
      this.phase = "join"
    } catch {
      this.#clock.setTimeout(() => void this.start(), START_AGAIN_MS)
    }
    this.emit("session")
  }

  /** @param {import("./types.js").User} user */
  enter(user) {
    this.phase = "chat"
    this.become(user)
    this.emit("session")
    this.socket.start()
  }

  forget() {
    this.socket.stop()
    this.me = null
    this.#storage.removeItem(ACCOUNT)
    this.phase = "join"
    this.subscriptions.rooms.clear()
    this.emit("session")
  }

  /** @param {string | null} name null for none @param {number | null} [seq] of the message to be seen */
  async look(name, seq = null) {
    this.current = name === null ? null : roomKey(name)
    this.reader.arrive(seq)
    this.emit("room")
    this.emit("rooms")
    if (name === null || this.phase !== "chat") return
    await this.subscriptions.open(name)
    void this.reader.open()
  }

  /** @param {number} seq */
  async seek(seq) {
    const { room } = this
    try {
      if (room?.isLoaded) await (await this.pager())?.bring(room, seq)
      if (room === this.room) this.emit("show", seq)
    } catch (error) {
      this.emit("notice", error)
    }
  }

  toEnd() {
    this.room?.backToEnd()
    this.emit("room")
  }

  /** @param {{text: string, kind?: string, reply_to?: number}} message */
  post(message) {
    const { room, outbox, sender } = this.#desk()
    outbox.add({ room, ...message })
    this.typing?.rest()
    this.room?.backToEnd()
    this.#roomChanged(room)
    this.emit("appeared")
    void sender?.flush(room)
  }

  /** @param {string} id */
  retry(id) {
    const { room, outbox, sender } = this.#desk()
    outbox.retry(id)
    this.#roomChanged(room)
    void sender?.flush(room)
  }

  /** @param {string} id */
  discard(id) {
    const { room, outbox } = this.#desk()
    outbox.settle(id)
    this.#roomChanged(room)
  }

  /** @param {"edit" | "delete" | "react"} verb @param {Record<string, unknown>} fields */
  change(verb, fields) {
    return this.socket.command(verb, { room: this.room?.name, ...fields })
  }

  async loadOlder() {
    if (this.room && this.socket.isOpen) await (await this.pager())?.loadOlder(this.room)
  }

  async loadNewer() {
    if (this.room && this.socket.isOpen) await (await this.pager())?.loadNewer(this.room)
  }

  async pager() {
    const paging = await import("./paging.js").catch(() => null)
    if (paging) this.#pager ??= new paging.Pager({ socket: this.socket, changed: (room) => this.#roomChanged(room.key) })
    return this.#pager
  }

  async tellTyping() {
    const typing = await this.#bringTyping()
    if (this.room && this.socket.state === "live" && typing?.mayTell()) this.socket.tell("typing", { room: this.room.name })
  }

  async #bringTyping() {
    const typing = await import("./typing.js").catch(() => null)
    if (typing) this.typing ??= new typing.Typing(this.#clock, (room) => this.#roomChanged(room))
    return this.typing
  }

  /** @param {any} frame */
  async #hearTyping({ room, user }) {
    if (user.id !== this.me?.id) (await this.#bringTyping())?.hear(roomKey(room), user)
  }

  /** @param {boolean} isAttended */
  attend(isAttended) {
    if (isAttended === this.isAttended) return
    this.isAttended = isAttended
    this.emit("rooms")
  }

  /** Who is signed in, perhaps under another name than before: what they typed goes with them. @param {import("./types.js").User} user */
  become(user) {
    const { me, drafts, outbox } = this
    this.me = user
    if (me?.id !== user.id) this.#setAccount(user)
    else if (me.name !== user.name) for (const kept of [drafts, outbox]) kept?.rename(roomKey(user.name))
    this.#storage.setItem(ACCOUNT, JSON.stringify(user))
  }

  /** @returns {import("./types.js").User | null} */
  #remembered() {
    try {
      const user = JSON.parse(this.#storage.getItem(ACCOUNT) ?? "null")
      return typeof user?.name === "string" && typeof user.id === "number" ? user : null
    } catch {
      return null
    }
  }

  #desk() {
    const { current: room, outbox, sender } = this
    if (room === null || !outbox) throw new Error("nobody is in a room")
    return { room, outbox, sender }
  }

  /** @param {import("./types.js").User} user */
  #setAccount(user) {
    const account = roomKey(user.name)
    this.drafts = new Drafts(this.#storage, account)
    this.outbox = new Outbox(this.#storage, { account, user: user.id, now: () => this.#clock.now() })
    this.sender = new Sender({
      outbox: this.outbox,
      clock: this.#clock,
      changed: (room) => this.#roomChanged(room),
      hasHeard: (name, seq) => seq <= (this.subscriptions.get(name)?.cursor ?? Infinity),
      restAfter: (name) => slowModeOf(this.subscriptions.get(name)) * 1_000,
      post: ({ room, id, text, kind, reply_to }) =>
        this.socket.command("post", { room, text, client_message_id: id, kind, reply_to }),
    })
    this.sender.setLive(this.#wasLive)
  }

  async refreshRooms() {
    try {
      const { openRooms } = await import("./api.js")
      this.list.setOpen(await openRooms())
      this.emit("rooms")
    } catch {
    }
  }

  /** @param {any} frame */
  async #hello(frame) {
    this.become(frame.user)
    this.hasNewerBuild ||= this.#build !== "" && this.#build !== frame.build
    this.#build = frame.build
    this.serverName = frame.name ?? this.serverName
    this.textLimit = frame.limits?.text ?? TEXT_LIMIT
    this.farewell = null
    this.list.setOwn(frame.rooms)
    this.emit("session")
    this.emit("rooms")
    const isReturn = [...this.subscriptions.rooms.values()].some((room) => room.isLoaded)
    if (this.current && !this.room) await this.subscriptions.open(this.current)
    else await this.subscriptions.resume(new Map(frame.rooms.map((/** @type {any} */ room) => [roomKey(room.name), room.last_seq])))
    if (!this.socket.isOpen) return
    this.#settleSent()
    this.socket.settle()
  }

  #settleSent() {
    for (const room of this.subscriptions.rooms.values()) {
      for (const message of room.tail.messages) if (message.user.id === this.me?.id) this.outbox?.settle(message.client_message_id)
      this.outbox?.forgetSent(room.key)
    }
  }

  /** @param {string} state */
  #connectionChanged(state) {
    const isLive = state === "live"
    if (this.#wasLive !== isLive) {
      this.#wasLive = isLive
      for (const room of this.subscriptions.rooms.values()) {
        if (room.isLoaded) room.note(isLive ? "connected" : "disconnected", null, this.#clock.now())
      }
      this.sender?.setLive(isLive)
      if (this.current) this.#roomChanged(this.current)
    }
    if (state === "refused" && this.socket.refusal?.reason === "signed-out") return this.forget()
    if (state === "refused" && this.socket.refusal?.reason === "banned" && !this.farewell) void this.#askUntil()
    this.emit("connection")
  }

  /** Who comes while they are banned was not told, as those are who were here, until when. */
  async #askUntil() {
    await import("./news.js").catch(() => null) // what was told may wait for it
    if (this.farewell) return
    const { error } = await import("./api.js").then(({ reach }) => reach("/api/session")).then((answer) => answer.json()).catch(() => ({}))
    if (error?.code !== "banned" || this.socket.state !== "refused") return
    this.farewell = { reason: "", until: error.until }
    this.emit("connection")
  }

  /** @param {import("./room.js").Room} room */
  #caughtUp(room) {
    // Where one was kept out, it was taken off the list.
    if (room.isLoaded && !room.refusal && !this.list.own.some(({ name }) => roomKey(name) === room.key)) {
      this.list.add(room.info)
      this.emit("rooms")
    }
    if (room.key === this.current) void this.reader.open()
    this.#roomChanged(room.key)
  }

  /** @param {any} frame */
  #event(frame) {
    switch (frame.type) {
      case "message": return this.#message(frame)
      case "typing": return void this.#hearTyping(frame)
      default: return hearNews(this, frame, this.#clock.now())
    }
  }

  /** @param {import("./types.js").Message} message */
  #message(message) {
    const room = this.subscriptions.hear(message)
    if (!room) return
    const isOwn = message.user.id === this.me?.id
    if (isOwn) this.outbox?.settle(message.client_message_id)
    this.typing?.forget(room.key, message.user.id)
    this.list.hear(room.name, { lastSeq: message.seq, at: message.seq === message.changed_seq ? message.sent_at : 0 })
    if (message.seq === message.changed_seq) this.#heardNew(room, message, isOwn)
    room.trim()
    this.#roomChanged(room.key)
  }

  /** @param {import("./room.js").Room} room @param {import("./types.js").Message} message @param {boolean} isOwn */
  #heardNew(room, message, isOwn) {
    const isCurrent = room.key === this.current
    if (!isOwn) {
      if (isCurrent && !this.isAttended) this.reader.divide(room, message)
      const called = this.me !== null && isCalled(this.me, message)
      const isSeen = isCurrent && this.isAttended
      if (!isSeen) this.list.hear(room.name, { lastSeq: message.seq, messages: 1, mentions: Number(called), at: message.sent_at })
      this.emit("heard", { room, message, isCalled: called })
    }
    if (!isCurrent || !this.isAttended) this.emit("rooms")
  }

  /** @param {string} key */
  #roomChanged(key) {
    if (key === this.current) this.emit("room")
    this.emit("connection")
  }
}
