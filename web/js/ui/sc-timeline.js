/** The log of the room looked at. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { chat, t } from "../context.js"
import { Blocks, BlockWindow, Rows } from "../core/timeline.js"
import { MessageActions, rowsTemplate, top, Watching } from "./message.js"
import { ScrollKeeper } from "./scroll.js"
import { View } from "./view.js"

const VIEWPORTS_AHEAD = 2
const TOP_SHARE = 0.25

/** @typedef {{id: number, rows: Rows, blocks: Blocks, window: BlockWindow}} Parts what one run of messages is drawn as, how it is cut up and how much of it is drawn */

class Timeline extends View {
  /** @type {ScrollKeeper | null} */
  #keeper = null
  /** @type {WeakMap<import("../core/room.js").Run, Parts>} */
  #parts = new WeakMap()
  #partsMade = 0
  /** @type {import("../core/types.js").Block[]} of what is shown, drawn or not */
  #blocks = []
  /** @type {import("../core/room.js").Run | null} what has been drawn and scrolled to its place */
  #placed = null
  /** @type {number | "end" | "divider" | null} where the next drawing leads: to a message, by its number, or to one of these */
  #wish = null

  #seenSeq = 0
  #actions = new MessageActions(this)
  /** @type {typeof import("./edges.js") | null} of an empty room, or for a reader away from the end */
  #edges = null
  /** @type {Watching | null} */
  #watching = null
  #sizes = new ResizeObserver(() => this.#keeper?.restore())
  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "session")
    this.listen(chat, "appeared", () => this.#toBottom())
    this.listen(chat, "show", (seq) => this.#lead(seq))
    this.listen(chat, "remove", (message) => this.#actions.do("remove", message))
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    this.#watching?.stop()
    this.#watching = null
    this.#sizes.disconnect()
  }

  firstUpdated() {
    this.#keeper = new ScrollKeeper(this.#scroller)
    this.#sizes.observe(this.#scroller)
  }

  willUpdate() {
    if (this.#keeper && this.#placed === chat.room?.shown && !this.#keeper.isAtBottom) this.#keeper.measure()
  }

  render() {
    const { room, me } = chat
    const isReady = isOpen(room)
    // What is on its way stands there also before the history has come, as where the network is away.
    const rows = room && me && !room.isSeeking ? this.#rows(room, me) : []
    const drawn = room && rows.length > 0 ? this.#drawn(room, rows) : []
    const context = room && me ? this.#context(room, me, drawn) : null
    const partsId = room ? this.#partsOf(room).id : 0
    const isEmpty = isReady && !room.more && !rows.some((row) => row.type === "message")
    const isAway = isReady && me && this.#keeper && !this.#keeper.isAtBottom
    const actions = this.#actions
    const edges = this.#edges
    if (!edges && (isAway || isEmpty || room?.aside)) void this.#bringEdges()
    return html`
      <div class="scroll" tabindex="-1" role="region" aria-label=${t("timeline.history")} @scroll=${this.#scrolled}
          @pointerleave=${() => actions.activate(null)} @keydown=${(/** @type {KeyboardEvent} */ event) => (actions.tools ? actions.tools.keyed(event) : actions.do("keyed", event))}
          @pointerdown=${(/** @type {PointerEvent} */ event) => event.pointerType !== "mouse" && actions.press(event)} @grow=${() => this.#keeper?.hold()}>
        <div class="log" role="log" aria-live="off" aria-label=${t("timeline.messages", { room: room?.name ?? "" })}
            aria-busy=${!isReady}>
          ${isReady ? isEmpty ? edges?.emptyRoom(actions) : top(room) : skeleton()}
          ${context && repeat(drawn, (block) => `${partsId}:${block.id}`, (block) =>
            html`<div class="block" data-block=${block.id}>${rowsTemplate(block.rows, context)}</div>`)}
          ${isReady && room.aside ? this.#edges?.below(room) ?? html`<div class="top"></div>` : nothing}
        </div>
      </div>
      ${edges && isAway
        ? html`${edges.unreadBar(room, me)}${edges.pill(room, me, this.#seenSeq, this.#toBottom)}` : nothing}`
  }

  updated() {
    const { room } = chat
    const keeper = this.#keeper
    this.#awaitLayout()
    if (!isOpen(room) || !keeper) return
    this.#watching ??= new Watching(this, keeper)
    const wish = this.#wish
    this.#wish = null
    if (this.#placed !== room.shown) this.#place(room, keeper, wish)
    else keeper.restore()
    if (wish !== null) this.#goTo(wish, keeper)
    this.#noteBottom()
    this.#watching.readSoon()
    this.#drawAhead()
  }

  /** What was drawn gets its height in the frame. That is heard of even if the whole is as high as before: a block may have gone for one that came. */
  #awaitLayout() {
    const log = /** @type {Element} */ (this.querySelector(".log"))
    this.#sizes.unobserve(log)
    this.#sizes.observe(log)
  }

  async #bringEdges() {
    this.#edges ??= await import("./edges.js").catch(() => null)
    if (this.#edges) this.redraw()
  }

  get #scroller() {
    return /** @type {HTMLElement} */ (this.querySelector(".scroll"))
  }

  /** @param {import("../core/room.js").Room} room @param {ScrollKeeper} keeper @param {unknown} wish */
  #place(room, keeper, wish) {
    this.#placed = room.shown
    this.#seenSeq = room.lastSeq
    keeper.toBottom()
    if (wish !== null) return
    const divider = this.querySelector("[data-divider]")
    if (divider && divider.getBoundingClientRect().top < this.#scroller.getBoundingClientRect().top) {
      this.#goTo("divider", keeper)
      this.#seenSeq = chat.reader.unreadAfter ?? room.lastSeq
    } else {
      keeper.measure()
    }
    this.requestUpdate()
  }

  /** @param {number | "end" | "divider"} wish @param {ScrollKeeper} keeper */
  #goTo(wish, keeper) {
    if (wish === "end") return keeper.toBottom()
    const element = wish === "divider" ? this.querySelector("[data-divider]") : this.#elementOf(wish)
    if (!element) return
    keeper.placeAt(element, TOP_SHARE)
    if (wish !== "divider") this.#actions.highlight(element)
    this.requestUpdate()
  }

  /** @param {number} seq @returns {HTMLElement | null} */
  #elementOf(seq) {
    const all = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-seq]"))
    return [...all].find((element) => Number(element.dataset.seq) >= seq) ?? null
  }

  /** @type {import("../core/types.js").Row[]} */
  #made = []
  /** @type {unknown[]} what they were made from */
  #rowsState = []
  /** @type {import("../core/types.js").Row[] | null} the rows that the blocks are made of */
  #split = null

  /** The same array until something in it changes. @param {import("../core/room.js").Room} room @param {import("../core/types.js").User} me */
  #rows(room, me) {
    const { aside, notes, messages, shown } = room
    const { unreadAfter } = chat.reader
    const entries = aside ? [] : chat.outbox?.of(room.key) ?? []
    const state = [shown, shown.version, aside, notes, notes.length, notes[notes.length - 1], me.id, unreadAfter, ...entries]
    const held = this.#rowsState
    if (state.length === held.length && state.every((each, index) => each === held[index])) return this.#made
    this.#rowsState = state
    return (this.#made = this.#partsOf(room).rows.make({ messages, entries, notes: aside ? [] : notes, me, unreadAfter }))
  }

  /** @param {import("../core/room.js").Room} room @param {import("../core/types.js").Row[]} rows */
  #drawn(room, rows) {
    const { blocks, window } = this.#partsOf(room)
    if (this.#split !== rows) this.#blocks = blocks.split(rows)
    this.#split = rows
    const isPlaced = this.#placed === room.shown
    if (!isPlaced) window.reset()
    const isAtBottom = !isPlaced || (this.#keeper?.isAtBottom ?? true)
    const aim = this.#wish ?? (isPlaced ? null : "divider")
    if (aim === "end") window.toEnd()
    else if (aim !== null) this.#aim(aim, window)
    const drawn = window.shown(this.#blocks, { isAtBottom, isNearStart: isPlaced && this.#isNearStart, keeps: this.#keeps })
    // What comes while nobody looks is not followed farther than the divider can be seen.
    if (isPlaced && isAtBottom && this.#wish === null && window.hiddenBelow > 0) this.#wish = "divider"
    if (this.#keeper) this.#keeper.isEndDrawn = window.hiddenBelow === 0 && !room.aside
    return drawn
  }

  /** @param {number | "divider"} aim @param {BlockWindow} window */
  #aim(aim, window) {
    const isAimedAt = (/** @type {import("../core/types.js").Row} */ row) =>
      aim === "divider" ? row.type === "new" : row.type === "message" && row.message.seq >= aim
    const block = this.#blocks.find(({ rows }) => rows.some(isAimedAt))
    if (block) window.around(this.#blocks, block.id)
  }

  /** @param {import("../core/room.js").Room} room @returns {Parts} */
  #partsOf({ shown }) {
    const parts = this.#parts.get(shown) ?? { id: ++this.#partsMade, rows: new Rows(), blocks: new Blocks(), window: new BlockWindow() }
    this.#parts.set(shown, parts)
    return parts
  }

  /** A block with the focus or the selection in it is not let go, nor the divider while nobody has seen it. @param {number} id */
  #keeps = (id) => {
    const block = this.querySelector(`[data-block="${id}"]`)
    if (!block) return false
    const anchor = getSelection()?.isCollapsed === false ? getSelection()?.anchorNode : null
    return block.contains(document.activeElement) || (anchor ? block.contains(anchor) : false)
      || (!chat.isAttended && block.querySelector("[data-divider]") !== null)
  }

  /**
   * @param {import("../core/room.js").Room} room
   * @param {import("../core/types.js").User} me
   * @param {import("../core/types.js").Block[]} drawn
   * @returns {import("./message.js").Context}
   */
  #context(room, me, drawn) {
    const { active } = this.#actions
    const messages = drawn.flatMap((block) => block.rows.filter((row) => row.type === "message"))
    const focused = messages.find((row) => row.key === active) ?? messages[messages.length - 1]
    return { room, me, active, names: this.#names(room), focusKey: focused?.key ?? null, isLive: chat.socket.state === "live", isHeld: Boolean(chat.sender?.pausedUntil(room.key)), actions: this.#actions }
  }

  /** @type {string[]} */
  #called = []

  /** @param {import("../core/room.js").Room} room */
  #names(room) {
    const names = [...room.members.values()].map((user) => user.name)
    if (names.length !== this.#called.length || names.some((name, index) => name !== this.#called[index])) this.#called = names
    return this.#called
  }

  #scrolled() {
    const keeper = this.#keeper
    if (!keeper || this.#placed !== chat.room?.shown) return
    const wasAtBottom = keeper.isAtBottom
    keeper.measure()
    if (wasAtBottom !== keeper.isAtBottom) this.requestUpdate()
    this.#noteBottom()
    this.#watching?.readSoon()
    this.#drawAhead()
  }

  #toBottom = () => {
    chat.toEnd()
    this.#lead("end")
  }

  /** @param {number | "end"} wish */
  #lead(wish) {
    this.#wish = wish
    this.requestUpdate()
  }

  #noteBottom() {
    if (!this.#keeper?.isAtBottom || !chat.room) return
    this.#seenSeq = chat.room.lastSeq
  }

  get #isNearStart() {
    return (this.#keeper?.viewportsAbove ?? Infinity) < VIEWPORTS_AHEAD
  }

  #drawAhead() {
    const { room } = chat
    const keeper = this.#keeper
    if (!room || !keeper) return
    const { window } = this.#partsOf(room)
    const isNearEnd = keeper.viewportsBelow < VIEWPORTS_AHEAD
    if (isNearEnd && window.hiddenBelow > 0) {
      window.down(this.#blocks, this.#keeps)
      this.redraw()
    } else if (this.#isNearStart && window.hiddenAbove > 0) {
      window.up(this.#blocks)
      this.redraw()
    } else {
      if (isNearEnd && room.aside && room.later === "idle") chat.loadNewer()
      if (this.#isNearStart && room.more && room.history === "idle" && (room.skippedAfter === null || room.aside)) chat.loadOlder()
    }
  }
}

/** @param {import("../core/room.js").Room | null} room @returns {room is import("../core/room.js").Room} */
function isOpen(room) {
  return room !== null && room.isLoaded && !room.isSeeking
}

function skeleton() {
  return [0, 1, 2].map(() => html`<div class="skeleton" aria-hidden="true"><i></i><div><i></i><i></i></div></div>`)
}

customElements.define("sc-timeline", Timeline)
