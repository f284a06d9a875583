/** One websocket that comes back by itself. */
import { Emitter } from "./emitter.js"
import { titleOf } from "./store.js"

export const SILENCE_MS = 25_000
export const PING_TIMEOUT_MS = 10_000
export const STEADY_MS = 30_000
export const TRY_NOW_GAP_MS = 1_000
export const HANGS_MS = 5_000
export const RETRY_FLOOR_MS = 250
export const RETRY_CEILING_MS = 30_000
const RETRY_BASE_MS = 1_000
const OPEN = 1 // readyState

const GOODBYE = 1000
const BROKEN = new Set([1003, 1007, 1009, 4503])
const REASONS = new Map([
  [4501, "kicked"],
  [4502, "banned"],
  [4504, "no-room"],
  [4505, "signed-out"],
  [4506, "name-taken"],
])

/** In the server's own words. */
export class Refused extends Error {
  /** @param {import("./types.js").WireError} error */
  constructor(error) {
    super(error.message)
    this.code = error.code
    this.temporary = error.temporary === true
    this.retryAfterMs = error.retry_after_ms ?? 0
    this.until = error.until
  }
}

/** The connection ended before the answer came; whether the command was carried out is unknown. */
export class ConnectionLost extends Error {}

/**
 * Owns the state of the connection, and pairs commands with replies.
 * Topics and states: see types.js.
 */
export class Socket extends Emitter {
  /** @type {string} */
  state = "closed"
  attempt = 0
  /** @type {number | null} when the next try starts */
  retryAt = null
  /** @type {number | null} since when nothing is live */
  lostAt = null
  /** @type {{reason: string, text: string} | null} */
  refusal = null
  #address
  #clock
  #random
  #open
  /** @type {any} */
  #socket = null
  /** @type {Map<number, {resolve: (reply: any) => void, reject: (error: Error) => void}>} */
  #pending = new Map()
  #ref = 0
  #wasLive = false
  #heardAt = 0
  #frames = 0
  #triedAt = -Infinity
  #isWanted = false // a try that the last one came too soon for
  #me = 0
  /** @type {Record<string, any>} */
  #timers = {}

  /**
   * @param {{address: string, clock: import("./types.js").Clock, random?: () => number, open?: (address: string) => any}} options
   */
  constructor({ address, clock, random = Math.random, open = (address) => new WebSocket(address) }) {
    super()
    this.#address = address
    this.#clock = clock
    this.#random = random
    this.#open = open
  }

  get isOpen() {
    return this.#socket?.readyState === OPEN
  }

  start() {
    this.attempt = 0
    this.#wasLive = false
    this.refusal = null
    this.#connect()
  }

  stop() {
    this.#drop()
    this.#enter("closed")
  }

  /** At once, or as soon as once a second lets it; a try that hangs for long is given up for it. */
  tryNow() {
    if (this.state !== "reconnecting" && this.state !== "offline" && this.state !== "connecting") return
    const wait = this.#triedAt + (this.#socket ? HANGS_MS : TRY_NOW_GAP_MS) - this.#clock.now()
    if (wait <= 0) return this.#connect()
    this.#isWanted = true
    if (this.#socket) this.#set("wanted", () => this.tryNow(), wait)
    else if (this.retryAt !== null && this.retryAt > this.#clock.now() + wait) this.#retryIn(wait)
  }

  /** @param {boolean} online what the browser believes of its network */
  setOnline(online) {
    if (online) return this.tryNow()
    if (this.state === "reconnecting" && !this.#socket) this.#enter("offline")
  }

  settle() {
    if (!this.isOpen) return
    this.#wasLive = true
    this.#set("steady", () => (this.attempt = 0), STEADY_MS)
    this.#enter("live")
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<any>} the reply; fails with Refused or ConnectionLost
   */
  command(type, fields = {}) {
    if (!this.isOpen) return Promise.reject(new ConnectionLost())
    const ref = ++this.#ref
    return new Promise((resolve, reject) => {
      this.#pending.set(ref, { resolve, reject })
      this.#socket.send(JSON.stringify({ type, ref, ...fields }))
    })
  }

  /** @param {string} type @param {Record<string, unknown>} fields */
  tell(type, fields) {
    if (this.isOpen) this.#socket.send(JSON.stringify({ type, ref: ++this.#ref, ...fields }))
  }

  #connect() {
    this.#drop()
    this.#triedAt = this.#clock.now()
    this.#isWanted = false
    this.#enter(this.#wasLive || this.attempt > 0 ? "reconnecting" : "connecting")
    const socket = this.#open(this.#address)
    this.#socket = socket
    socket.onmessage = (/** @type {any} */ event) => this.#receive(event.data)
    socket.onclose = (/** @type {any} */ event) => this.#closed(event.code, event.reason)
    this.#heardAt = this.#clock.now()
    this.#listenForSilence()
  }

  /** @param {string} text */
  #receive(text) {
    this.#heardAt = this.#clock.now()
    this.#frames += 1
    const frame = JSON.parse(text)
    if (frame.type === "hello") this.#me = frame.user?.id
    for (const room of frame.rooms ?? [frame.room]) if (room?.people) room.title = titleOf(room.people, this.#me)
    if (frame.type === "reply") return this.#answer(frame)
    if (frame.type !== "hello") return this.emit("event", frame)
    this.#isWanted = false
    this.#clear("wanted")
    this.#enter("catching-up")
    this.emit("hello", frame)
  }

  /** @param {any} reply */
  #answer(reply) {
    const waiting = this.#pending.get(reply.ref)
    if (!waiting) return
    this.#pending.delete(reply.ref)
    if (reply.ok) waiting.resolve(reply)
    else waiting.reject(new Refused(reply.error))
  }

  /** One timer, set again only when it fires and not for every frame. What is left of a long silence is not worth another. */
  #listenForSilence() {
    const wait = this.#heardAt + SILENCE_MS - this.#clock.now()
    if (wait < PING_TIMEOUT_MS) return this.#ping()
    this.#set("silence", () => this.#listenForSilence(), wait)
  }

  #ping() {
    const framesBefore = this.#frames
    this.tell("ping", {})
    this.#set("silence", () => {
      if (this.#frames > framesBefore) return this.#listenForSilence()
      this.#closed(1006, "")
    }, PING_TIMEOUT_MS)
  }

  /** @param {number} code @param {string} text */
  #closed(code, text) {
    this.#drop()
    const advice = adviceFor(code)
    if (!advice.returns) {
      this.refusal = { reason: advice.reason, text: text ?? "" }
      return this.#enter("refused")
    }
    const delay = retryDelay(this.attempt, this.#random)
    const soonest = Math.max(0, this.#triedAt + TRY_NOW_GAP_MS - this.#clock.now())
    this.attempt += 1
    this.#retryIn(this.#isWanted ? Math.min(delay, soonest) : delay)
    this.#enter(globalThis.navigator?.onLine === false ? "offline" : "reconnecting")
  }

  /** @param {number} delay */
  #retryIn(delay) {
    this.retryAt = this.#clock.now() + delay
    this.#set("retry", () => this.#connect(), delay)
  }

  #drop() {
    for (const name of Object.keys(this.#timers)) this.#clear(name)
    this.retryAt = null
    const socket = this.#socket
    this.#socket = null
    if (socket) {
      socket.onmessage = socket.onclose = null
      socket.close()
    }
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of waiting) reject(new ConnectionLost())
  }

  /** @param {string} state */
  #enter(state) {
    if (state === "live") this.lostAt = null
    else if (this.lostAt === null) this.lostAt = this.#clock.now()
    this.state = state
    this.emit("state", state)
  }

  /** @param {string} name @param {() => void} callback @param {number} ms */
  #set(name, callback, ms) {
    this.#clear(name)
    this.#timers[name] = this.#clock.setTimeout(callback, ms)
  }

  /** @param {string} name */
  #clear(name) {
    this.#clock.clearTimeout(this.#timers[name])
    delete this.#timers[name]
  }
}

/**
 * A random wait, so that a thousand pages do not return to a restarted server in the same second.
 *
 * @param {number} attempt 0 for the first
 * @param {() => number} random from 0 (inclusive) to 1 (exclusive)
 */
export function retryDelay(attempt, random) {
  const highest = Math.min(RETRY_CEILING_MS, RETRY_BASE_MS * 2 ** attempt)
  return RETRY_FLOOR_MS + random() * (highest - RETRY_FLOOR_MS)
}

/**
 * @param {number} code of the close frame; 1005 and 1006 where there was none
 * @returns {{returns: true} | {returns: false, reason: string}}
 */
export function adviceFor(code) {
  if (code === GOODBYE) return { returns: false, reason: "goodbye" }
  if (BROKEN.has(code)) return { returns: false, reason: "broken" }
  if (code >= 4500 && code <= 4999) return { returns: false, reason: REASONS.get(code) ?? "refused" }
  return { returns: true }
}
