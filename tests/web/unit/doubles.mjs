/** Stand-ins for what a browser has: a clock that tests advance, a socket whose frames they read and send. */
import { openStorage } from "../../../web/js/core/storage.js"

export const memory = () => openStorage(null)

export class FakeClock {
  #now = 1_790_000_000_000
  #timers = []
  #lastId = 0

  now = () => this.#now

  setTimeout = (callback, ms) => {
    this.#timers.push({ id: ++this.#lastId, at: this.#now + ms, callback })
    return this.#lastId
  }

  clearTimeout = (id) => {
    this.#timers = this.#timers.filter((timer) => timer.id !== id)
  }

  get nextIn() {
    return Math.min(...this.#timers.map((timer) => timer.at)) - this.#now
  }

  async advance(ms) {
    const end = this.#now + ms
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.#now = due.at
      this.clearTimeout(due.id)
      due.callback()
      await settled()
    }
    this.#now = end
    await settled()
  }
}

export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

/** What a page would see of a server: the test answers by hand, or by a script per command type. */
export class FakeServer {
  connections = []
  answers = {}

  open = () => {
    const socket = { readyState: 0, sent: [], onmessage: null, onclose: null, close() { this.readyState = 3 } }
    socket.send = (text) => {
      const frame = JSON.parse(text)
      socket.sent.push(frame)
      const answer = this.answers[frame.type]
      if (answer) queueMicrotask(() => this.say({ type: "reply", ref: frame.ref, ...answer(frame) }, socket))
    }
    this.connections.push(socket)
    return socket
  }

  get last() {
    return this.connections[this.connections.length - 1]
  }

  say(frame, socket = this.last) {
    socket.onmessage?.({ data: JSON.stringify(frame) })
  }

  hello(fields = {}) {
    this.last.readyState = 1
    this.say({ type: "hello", epoch: "e1", build: "b1", user: ana, rooms: [], ...fields })
  }

  hangUp(code, reason = "") {
    this.last.readyState = 3
    this.last.onclose?.({ code, reason })
  }
}

export const ana = { id: 1, name: "ana" }
export const ben = { id: 2, name: "ben" }

export function message(seq, fields = {}) {
  return { type: "message", room: "lobby", seq, changed_seq: seq, sent_at: 1_790_000_000_000 + seq, user: ben, text: `message ${seq}`, ...fields }
}

export function messages(from, to) {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index))
}
