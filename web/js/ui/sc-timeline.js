/** The log of the room looked at. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { Blocks, BlockWindow, rowsOf } from "../core/timeline.js"
import { clockTime, untilMidnight } from "../core/i18n.js"
import { MessageActions, rowTemplate } from "./message.js"
import { ScrollKeeper } from "./scroll.js"
import { View, icon } from "./view.js"

const READ_AFTER_MS = 1_000
const VIEWPORTS_AHEAD = 2
const DIVIDER_SHARE = 0.25

class Timeline extends View {
  /** @type {ScrollKeeper | null} */
  #keeper = null
  /** @type {WeakMap<import("../core/store.js").Room, {blocks: Blocks, window: BlockWindow}>} */
  #parts = new WeakMap()
  /** @type {import("../core/timeline.js").Block[]} of the room looked at, drawn or not */
  #blocks = []
  /** @type {import("../core/store.js").Room | null} the room that has been drawn and scrolled to its place */
  #placed = null
  /** Up to here the person has been at the bottom. */
  #seenSeq = 0
  #actions = new MessageActions(this)
  /** @type {any} */
  #readTimer
  /** @type {any} */
  #midnightTimer
  #sizes = new ResizeObserver(() => this.#keeper?.restore())
  #mayRead = () => this.#readSoon()

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "session")
    this.listen(chat, "appeared", () => this.#toBottom())
    this.listen(chat, "remove", (message) => this.#actions.remove(message))
    addEventListener("focus", this.#mayRead)
    document.addEventListener("visibilitychange", this.#mayRead)
    document.addEventListener("keydown", this.#escaped)
    this.#waitForMidnight()
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    removeEventListener("focus", this.#mayRead)
    document.removeEventListener("visibilitychange", this.#mayRead)
    document.removeEventListener("keydown", this.#escaped)
    clearTimeout(this.#midnightTimer)
    clearTimeout(this.#readTimer)
    this.#sizes.disconnect()
  }

  firstUpdated() {
    this.#keeper = new ScrollKeeper(this.#scroller)
    this.#sizes.observe(this.#scroller)
    this.#sizes.observe(/** @type {Element} */ (this.querySelector(".log")))
  }

  willUpdate() {
    if (this.#keeper && this.#placed === chat.room && !this.#keeper.isAtBottom) this.#keeper.measure()
  }

  render() {
    const { room, me } = chat
    const rows = room && me ? this.#rows(room, me) : []
    const drawn = room ? this.#drawn(room, rows) : []
    const context = room && me ? this.#context(room, me, rows) : null
    const isEmpty = room?.isLoaded && !rows.some((row) => row.type === "message")
    return html`
      <div class="scroll" tabindex="-1" role="region" aria-label=${t("timeline.history")} @scroll=${this.#scrolled}
          @pointerleave=${() => this.#actions.activate(null)} @click=${(/** @type {Event} */ event) => this.#actions.tapped(event)}
          @keydown=${(/** @type {KeyboardEvent} */ event) => this.#actions.keyed(event)} @grow=${() => this.#keeper?.hold()}>
        <div class="log" role="log" aria-live="off" aria-label=${t("timeline.messages", { room: room?.name ?? "" })}
            aria-busy=${!room?.isLoaded}>
          ${isEmpty ? emptyRoom() : room?.isLoaded ? top(room) : skeleton()}
          ${context && repeat(drawn, (block) => `${room?.key}:${block.id}`, (block) =>
            html`<div class="block" data-block=${block.id}>${repeat(block.rows, (row) => row.key, (row) => rowTemplate(row, context))}</div>`)}
        </div>
      </div>
      ${room?.isLoaded ? html`${this.#unread(room)}${this.#pill(room)}` : nothing}
      ${this.#actions.removing ? html`<sc-removal .message=${this.#actions.removing} @answer=${(/** @type {CustomEvent} */ event) => this.#actions.answerRemoval(event.detail)}></sc-removal>` : nothing}`
  }

  updated() {
    const { room } = chat
    const keeper = this.#keeper
    if (!room?.isLoaded || !keeper) return
    if (this.#placed === room) keeper.restore()
    else this.#place(room, keeper)
    this.#noteBottom()
    this.#readSoon()
    this.#drawAhead()
  }

  get #scroller() {
    return /** @type {HTMLElement} */ (this.querySelector(".scroll"))
  }

  /** @param {import("../core/store.js").Room} room @param {ScrollKeeper} keeper */
  #place(room, keeper) {
    this.#placed = room
    keeper.isEndDrawn = true
    this.#seenSeq = room.lastSeq
    keeper.toBottom()
    const divider = this.querySelector("[data-divider]")
    if (!divider || divider.getBoundingClientRect().top >= this.#scroller.getBoundingClientRect().top) return
    keeper.placeAt(divider, DIVIDER_SHARE)
    this.#seenSeq = chat.unreadAfter ?? room.lastSeq
    this.requestUpdate()
  }

  /** @param {import("../core/store.js").Room} room @param {import("../core/types.js").User} me */
  #rows(room, me) {
    const entries = chat.outbox?.of(room.key) ?? []
    return rowsOf({ messages: room.messages, entries, notes: room.notes, me, unreadAfter: chat.unreadAfter })
  }

  /** @param {import("../core/store.js").Room} room @param {import("../core/timeline.js").Row[]} rows */
  #drawn(room, rows) {
    const { blocks, window } = this.#partsOf(room)
    this.#blocks = blocks.split(rows)
    const isAtBottom = this.#placed !== room || (this.#keeper?.isAtBottom ?? true)
    const drawn = window.shown(this.#blocks, { isAtBottom, keeps: this.#keeps })
    if (this.#keeper) this.#keeper.isEndDrawn = window.hiddenBelow === 0
    return drawn
  }

  /** @param {import("../core/store.js").Room} room */
  #partsOf(room) {
    const parts = this.#parts.get(room) ?? { blocks: new Blocks(), window: new BlockWindow() }
    this.#parts.set(room, parts)
    return parts
  }

  /** A block with the focus, the selection or the divider in it is not let go. @param {number} id */
  #keeps = (id) => {
    const block = this.querySelector(`[data-block="${id}"]`)
    if (!block) return false
    const anchor = getSelection()?.isCollapsed === false ? getSelection()?.anchorNode : null
    return block.contains(document.activeElement) || (anchor ? block.contains(anchor) : false) || block.querySelector("[data-divider]") !== null
  }

  /**
   * @param {import("../core/store.js").Room} room
   * @param {import("../core/types.js").User} me
   * @param {import("../core/timeline.js").Row[]} rows
   * @returns {import("./message.js").Context}
   */
  #context(room, me, rows) {
    const { active } = this.#actions
    const messages = rows.filter((row) => row.type === "message")
    const focused = messages.find((row) => row.key === active) ?? messages[messages.length - 1]
    return { room, me, active, names: this.#names(room), focusKey: focused?.key ?? null, isLive: chat.socket.state === "live", actions: this.#actions }
  }

  /** @type {string[]} */
  #called = []

  /** Everybody by name, in the same array until somebody comes along. @param {import("../core/store.js").Room} room */
  #names(room) {
    const names = [...room.members.values()].map((user) => user.name)
    if (names.length !== this.#called.length || names.some((name, index) => name !== this.#called[index])) this.#called = names
    return this.#called
  }

  /** What stands below the divider, while the end is out of sight. @param {import("../core/store.js").Room} room */
  #unread(room) {
    const after = chat.unreadAfter
    if (after === null || !this.#keeper || this.#keeper.isAtBottom) return nothing
    const news = room.messages.filter((message) => message.seq > after && message.user.id !== chat.me?.id)
    if (news.length === 0) return nothing
    const isWhole = !room.more || room.oldestSeq <= after + 1
    const words = isWhole
      ? t("unread.since", { count: news.length, time: clockTime(news[0].sent_at, translator.locale) }) : t("unread.many", { count: news.length })
    return html`<div class="unread-bar"><span class="num">${words}</span><button class="link" @click=${() => chat.markRead()}>${t("unread.markRead")}</button></div>`
  }

  /** @param {import("../core/store.js").Room} room */
  #pill(room) {
    if (!this.#keeper || this.#keeper.isAtBottom) return nothing
    const seen = this.#seenSeq
    const count = room.messages.filter((message) => message.seq > seen && message.user.id !== chat.me?.id).length
    const words = count > 0 ? t("timeline.newMessages", { count }) : t("timeline.jumpToLatest")
    return html`<button class="pill ${count > 0 ? "" : "quiet"}" @click=${this.#toBottom}>${icon("down", "sm")}${words}</button>`
  }

  #scrolled() {
    const keeper = this.#keeper
    if (!keeper || this.#placed !== chat.room) return
    const wasAtBottom = keeper.isAtBottom
    keeper.measure()
    if (wasAtBottom !== keeper.isAtBottom) this.requestUpdate()
    this.#noteBottom()
    this.#readSoon()
    this.#drawAhead()
  }

  #toBottom() {
    if (chat.room) this.#partsOf(chat.room).window.toEnd()
    this.#keeper?.toBottom()
    this.requestUpdate()
  }

  #noteBottom() {
    if (!this.#keeper?.isAtBottom || !chat.room) return
    this.#seenSeq = chat.room.lastSeq
  }

  /** What will soon be in view: drawn if it is held, asked for if it is not. */
  #drawAhead() {
    const { room } = chat
    const keeper = this.#keeper
    if (!room || !keeper) return
    const { window } = this.#partsOf(room)
    if (window.hiddenBelow > 0 && keeper.viewportsBelow < VIEWPORTS_AHEAD) {
      window.down(this.#blocks, this.#keeps)
      this.requestUpdate()
    } else if (keeper.viewportsAbove >= VIEWPORTS_AHEAD) {
      return
    } else if (window.hiddenAbove > 0) {
      window.up(this.#blocks)
      this.requestUpdate()
    } else if (room.more && room.history === "idle" && !room.skipped) {
      chat.loadOlder()
    }
  }

  /** Read is what was in view for a second, in a window in use. What comes meanwhile has its own second. */
  #readSoon() {
    if (this.#readTimer !== undefined || !chat.isAttended) return
    const seq = this.#keeper?.lowestSeq ?? 0
    if (!chat.room || seq <= chat.room.readSeq) return
    const { room } = chat
    this.#readTimer = setTimeout(() => {
      this.#readTimer = undefined
      const isInView = (this.#keeper?.lowestSeq ?? 0) >= seq
      if (chat.isAttended && chat.room === room && isInView) chat.read(seq)
      this.#readSoon()
    }, READ_AFTER_MS)
  }

  /** @param {KeyboardEvent} event */
  #escaped = (event) => {
    const isForOthers = event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]") !== null
    if (event.key === "Escape" && !isForOthers && chat.unreadAfter !== null && this.#keeper?.isAtBottom) chat.markRead()
  }

  #waitForMidnight() {
    this.#midnightTimer = setTimeout(() => {
      this.redraw()
      this.#waitForMidnight()
    }, untilMidnight(Date.now()))
  }
}

/** The space above the oldest message: always as high, so that what it says moves nothing. @param {import("../core/store.js").Room} room */
function top(room) {
  const load = () => chat.loadOlder()
  if (room.history === "failed") {
    return html`<div class="top" role="status">${t("history.failed")} <button class="link" @click=${load}>${t("history.retry")}</button></div>`
  }
  if (room.skipped) {
    return html`<div class="top" role="status">${t("history.skipped")} <button class="link" @click=${load}>${t("history.load")}</button></div>`
  }
  if (room.more) return html`<div class="top" aria-busy=${room.history === "loading"}>${t("history.loading")}</div>`
  return html`<div class="top">${t("history.start", { room: room.name })}</div>`
}

function skeleton() {
  return [0, 1, 2].map(() => html`<div class="skeleton" aria-hidden="true"><i></i><div><i></i><i></i></div></div>`)
}

function emptyRoom() {
  return html`<div class="empty"><span class="ring">${icon("chat")}</span><h2>${t("empty.title")}</h2><p>${t("empty.hint")}</p></div>`
}

customElements.define("sc-timeline", Timeline)
