/** Draws the rows of the timeline and its top, and does what a person wants done with a message. */
import { guard, html, nothing, repeat } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { clockTime, dateOf, fullTime, localDay, nearness, untilMidnight, weekdayOf } from "../core/i18n.js"
import { isCalled } from "../core/typed.js"
import { actionTemplate, bodyTemplate, treeFor, wordsFor } from "./body.js"
import { avatar, icon, languageOf } from "./view.js"

const ONLY_EMOJI = /^(?:\p{RGI_Emoji}\s*){1,3}$/v
const HIGHLIGHT_MS = 2_000
const READ_AFTER_MS = 1_000

/**
 * @typedef {import("../core/types.js").Message} Message
 * @typedef {import("../core/room.js").Room} Room
 * @typedef {{
 *   me: import("../core/types.js").User, room: Room, isLive: boolean, active: string | null,
 *   focusKey: string | null, names: string[], actions: MessageActions, isHeld: boolean,
 * }} Context what a row needs to know besides itself; `isHeld`: the server wants nothing of this person for now; `names`: who may be called, the same array until it changes
 */

/** Draws the rows of a block; those of which nothing has changed are not looked at. @param {import("../core/types.js").Row[]} rows @param {Context} context */
export function rowsTemplate(rows, context) {
  const states = new Map(rows.map((row) => [row, stateOfRow(row, context)]))
  const around = stateAround(context)
  return guard([...around, ...[...states.values()].flat()], () =>
    repeat(rows, (row) => row.key, (row) => guard([...around, ...(states.get(row) ?? [])], () => rowTemplate(row, context))))
}

/** @param {Context} context @returns {unknown[]} */
function stateAround({ me, names, room, actions }) {
  return [me.name, names, room, room.you, actions.expanded.size, chat.list.open, translator.version, localDay(Date.now())]
}

/** @param {import("../core/types.js").Row} row @param {Context} context @returns {unknown[]} */
function stateOfRow(row, { active, focusKey, isLive, isHeld, room, actions }) {
  if (row.type === "notes") return [row.key, ...row.notes.map(({ who }) => who)]
  if (row.type !== "message") return [row.key]
  const { key, message, entry, isContinued } = row
  const original = message.reply_to === undefined ? undefined : room.message(message.reply_to)
  // The tools of the message in use have a state of their own.
  return [entry ?? message, isContinued, original, entry && `${isLive} ${isHeld}`, entry?.failed && actions.tools, focusKey === key, active === key && {}]
}

/** @param {import("../core/types.js").Row} row @param {Context} context */
function rowTemplate(row, context) {
  switch (row.type) {
    case "day": return dayRule(row)
    case "new": return html`<div class="rule new" role="separator" data-divider><span>${t("timeline.new")}</span></div>`
    case "notes": return notesLine(row, context)
    default: return row.message.kind === "notice" ? notice(row) : messageRow(row, context)
  }
}

/** @param {import("../core/types.js").DayRow} row */
function dayRule({ at, day }) {
  return html`<div class="rule" role="separator"><span>${dayWords(at, day)}</span></div>`
}

/** @param {number} at @param {number} day that this is in */
export function dayWords(at, day) {
  const { locale } = translator
  const values = { weekday: weekdayOf(at, locale), date: dateOf(at, locale, Date.now()) }
  const keys = { today: "day.today", yesterday: "day.yesterday", earlier: "day.earlier" }
  return t(keys[nearness(day, Date.now())], values)
}

/** @param {import("../core/types.js").NotesRow} row @param {Context} context */
function notesLine({ key, notes }, { actions }) {
  const isFolded = notes.length > 1 && !actions.expanded.has(key)
  const shown = isFolded ? notes.slice(-1) : notes
  return shown.map((note, index) => html`<div class="status-line">
    <span class="gutter"><span class="dot ${note.kind === "connected" ? "" : "gone"}"></span></span>
    <span><code class=${note.kind}>${note.kind === "connected" ? t("status.connected") : t("status.disconnected")}</code>
      ${noteSentence(note)} <time class="num">${clockTime(note.at, translator.locale)}</time>
      ${isFolded && index === 0
        ? html`<button class="more" @click=${() => actions.expand(key)}>${t("status.more", { count: notes.length - 1 })}</button>`
        : nothing}</span>
  </div>`)
}

/** @param {import("../core/types.js").Note} note */
function noteSentence({ kind, who }) {
  if (who === null) return kind === "connected" ? t("status.youConnected") : t("status.youDisconnected")
  return kind === "connected" ? t("status.joined", { name: who }) : t("status.left", { name: who })
}

/** @param {import("../core/types.js").MessageRow} row */
function notice({ key, message }) {
  return html`<div class="status-line" data-row=${key}><span class="gutter"></span><span dir="auto">${message.text}</span></div>`
}

/** @param {import("../core/types.js").MessageRow} row @param {Context} context */
function messageRow(row, context) {
  const { key, message, isContinued, entry } = row
  const { me, active, actions, focusKey } = context
  const isAction = message.kind === "action" && !message.deleted_at
  const classes = ["message", isContinued && "continued", isAction && "action", stateOf(entry), message.user.id !== me.id && isCalled(me, message) && "for-me", active === key && "active"]
  const time = clockTime(message.sent_at, translator.locale)
  const isInUse = active === key && !entry
  return html`<article class=${classes.filter(Boolean).join(" ")} data-row=${key} data-seq=${entry ? nothing : message.seq}
      tabindex=${focusKey === key ? 0 : -1} aria-label=${labelOf(row, time, context)}
      @pointerenter=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && actions.activate(key)} @focusin=${() => actions.activate(key)}>
    ${isContinued ? html`<span class="gutter num">${time}</span>` : avatar(message.user)}
    <div class="content">
      ${message.reply_to === undefined ? nothing : quote(message.reply_to, context)}
      ${isContinued || isAction ? nothing : head(message, time)}
      ${body(row, context)}
      ${entry ? sendingState(entry, context) : reactions(message, context)}
    </div>
    ${isInUse && !message.deleted_at ? actions.tools?.toolbarFor(message) : nothing}
  </article>`
}

/** @param {import("../core/types.js").MessageRow} row @param {string} time @param {Context} context */
function labelOf({ message, entry }, time, context) {
  const text = message.deleted_at ? t("message.deleted") : wordsFor(entry ?? message, textOf(message))
  const state = entry ? entry.failed ? t("failed.refused") : waitWords(entry, context) : message.edited_at ? t("message.edited") : ""
  return [t("message.label", { name: message.user.name, time }), text.trim(), state.trim()].filter(Boolean).join(", ")
}

/** @param {Message} message @param {string} time */
function head({ user, sent_at: sentAt }, time) {
  return html`<div class="message-head"><b dir="auto">${user.name}</b>${kindTag(user)}<time
    class="num" datetime=${new Date(sentAt).toISOString()} title=${fullTime(sentAt, translator.locale)}>${time}</time></div>`
}

/** @param {import("../core/types.js").User} user */
export function kindTag({ kind, role }) {
  if (kind === "bot") return html`<span class="tag quiet">${t("role.bot")}</span>`
  if (role === "owner") return html`<span class="tag">${t("role.owner")}</span>`
  if (role === "admin") return html`<span class="tag">${t("role.admin")}</span>`
  if (role === "moderator") return html`<span class="tag">${t("role.moderator")}</span>`
  return nothing
}

/** @param {import("../core/types.js").MessageRow} row @param {Context} context */
function body({ message, entry, isContinued }, { me, names }) {
  if (message.deleted_at) return html`<div class="body tombstone">${icon("trash", "xs")}${t("message.deleted")}</div>`
  const text = textOf(message)
  const edited = message.edited_at
    ? html`<span class="edited" title=${fullTime(message.edited_at, translator.locale)}>${t("message.edited")}</span>` : nothing
  const tree = treeFor(entry ?? message, text)
  if (message.kind === "action") {
    const time = isContinued ? nothing : html`\u00a0<time class="num">${clockTime(message.sent_at, translator.locale)}</time>`
    return html`<div class="body" dir="auto"><b>${message.user.name}</b> ${actionTemplate(tree, { names, me: me.name, tail: html`${edited}${time}` })}</div>`
  }
  return html`<div class="body ${ONLY_EMOJI.test(text) ? "emoji" : ""}" dir="auto" lang=${languageOf(text) ?? nothing}>${bodyTemplate(tree, { names, me: me.name, tail: edited })}</div>`
}

/** @param {Message & {poll?: {question?: string}}} message */
function textOf({ text, poll }) {
  return text ?? poll?.question ?? ""
}

/** @param {number} seq @param {Context} context */
function quote(seq, { room }) {
  const original = room.message(seq)
  if (!original) return html`<button class="quote" @click=${() => chat.seek(seq)}>${icon("reply", "xs")}<span>${t("message.originalAbove")}</span></button>`
  const text = original.deleted_at ? t("message.deleted") : wordsFor(original, textOf(original))
  return html`<button class="quote" @click=${() => chat.seek(seq)}>${icon("reply", "xs")}${avatar(original.user, { size: "xs" })}<b
    dir="auto">${original.user.name}</b><span dir="auto" lang=${languageOf(text) ?? nothing}>${text}</span></button>`
}

/** @param {Message} message @param {Context} context */
function reactions(message, { me, room, actions }) {
  if (!message.reactions?.length || message.deleted_at) return nothing
  return html`<div class="reactions">${repeat(message.reactions, (reaction) => reaction.emoji, ({ emoji, count, users }) => {
    const isOwn = users.includes(me.name)
    return html`<button aria-pressed=${isOwn} ?disabled=${room.you?.may_react === false} title=${users.join(", ")} aria-label=${t("message.reaction", { emoji, count, names: users.join(", ") })}
      @click=${() => actions.do("react", message, emoji, !isOwn)}>${emoji}<span class="num">${count}</span></button>`
  })}${room.you?.may_react === false ? nothing : html`<button class="add" aria-label=${t("message.reactMore")} title=${t("message.reactMore")}
    @click=${(/** @type {Event} */ event) => actions.do("pick", event.currentTarget, message)}>${icon("smile", "sm")}</button>`}</div>`
}

/** @param {import("../core/types.js").Entry | undefined} entry */
function stateOf(entry) {
  if (!entry) return ""
  return entry.failed ? "failed" : "pending"
}

export class MessageActions {
  /** @type {string | null} key of the message under the pointer or with the focus */
  active = null
  /** @type {import("./toolbar.js").Tools | null} */
  tools = null
  /** @type {Set<string>} keys of the folded lines that were opened */
  expanded = new Set()
  #host

  /** @param {import("./view.js").View} host */
  constructor(host) {
    this.#host = host
  }

  /** @param {string | null} key */
  activate(key) {
    if (key === this.active || document.querySelector(".menu-layer")) return
    this.active = key
    if (this.tools) this.tools.isReacting = false
    this.#host.redraw()
    if (key !== null) this.#load().catch(() => {})
  }

  /** @param {string} key */
  expand(key) {
    this.expanded.add(key)
    this.#host.redraw()
  }

  /** The finger may be gone before its tools are there. @param {PointerEvent} event */
  press(event) {
    const end = new AbortController()
    for (const topic of ["pointerup", "pointercancel"]) addEventListener(topic, () => end.abort(), { signal: end.signal })
    void this.do("pressed", event, end)
  }

  /** @param {"react" | "pick" | "remove" | "pressed" | "keyed" | "copyLink"} verb @param {...any} values */
  async do(verb, ...values) {
    const tools = /** @type {any} */ (await this.#load().catch(() => chat.emit("notice", t("notice.notConnected"))))
    tools?.[verb](...values)
  }

  /** Why a message was not sent, and what to do about it. @param {import("../core/types.js").Entry} entry */
  failure(entry) {
    if (!this.tools) this.#load().catch(() => {})
    return this.tools?.failure(entry)
  }

  /** @param {Element} element of a message that somebody was led to */
  highlight(element) {
    element.classList.add("shown")
    setTimeout(() => element.classList.remove("shown"), HIGHLIGHT_MS)
  }

  async #load() {
    if (!this.tools) {
      const { Tools } = await import("./toolbar.js")
      this.tools ??= new Tools(this.#host, this)
      this.#host.redraw()
    }
    return this.tools
  }
}

/** The space above the oldest message: always as high, so that what it says moves nothing. @param {Room} room */
export function top(room) {
  if (room.history === "failed") return failed(() => chat.loadOlder(), t("history.failed"))
  if (isBehindGap(room)) {
    const load = () => chat.seek((room.skippedAfter ?? 0) + 1)
    return html`<div class="top" role="status">${t("history.skipped")} <button class="link" @click=${load}>${t("history.load")}</button></div>`
  }
  if (room.more) return html`<div class="top" aria-busy=${room.history === "loading"}>${t("history.loading")}</div>`
  if (room.info.history) return html`<div class="top">${t("history.sinceJoin")}</div>`
  const values = { room: room.label ?? "" }
  return html`<div class="top">${room.info.kind === "direct" ? t("history.startDirect", values) : t("history.start", values)}</div>`
}

/** @param {() => void} load @param {string} words */
export function failed(load, words) {
  return html`<div class="top" role="status">${words} <button class="link" @click=${load}>${t("history.retry")}</button></div>`
}

/** @param {Room} room */
export function isBehindGap(room) {
  return room.skippedAfter !== null && !room.aside
}

/** @param {import("../core/types.js").Entry} entry @param {Context} context */
function sendingState(entry, context) {
  if (entry.failed) return context.actions.failure(entry)
  const isWaiting = !context.isLive || isHeld(entry, context)
  return html`<span class="sending ${isWaiting ? "" : "late"}">${icon("clock", "xs")}${waitWords(entry, context)}</span>`
}

/** @param {import("../core/types.js").Entry} entry @param {Context} context */
function waitWords(entry, context) {
  if (!context.isLive) return t("message.waiting")
  return isHeld(entry, context) ? t("message.held") : t("message.sending")
}

/** What waits because its writer was too fast, or because the room is slow. @param {import("../core/types.js").Entry} entry @param {Context} context */
function isHeld({ isSent }, context) {
  return context.isHeld && !isSent
}

/** What somebody sees counts as read, and the days get their names anew at midnight. */
export class Watching {
  #host
  #keeper
  /** @type {any} */
  #readTimer
  /** @type {any} */
  #midnightTimer

  /** @param {import("./view.js").View} host @param {import("./scroll.js").ScrollKeeper} keeper */
  constructor(host, keeper) {
    this.#host = host
    this.#keeper = keeper
    addEventListener("focus", this.#returned)
    document.addEventListener("visibilitychange", this.#returned)
    document.addEventListener("keydown", this.#escaped)
    this.#waitForMidnight()
  }

  stop() {
    removeEventListener("focus", this.#returned)
    document.removeEventListener("visibilitychange", this.#returned)
    document.removeEventListener("keydown", this.#escaped)
    clearTimeout(this.#midnightTimer)
    clearTimeout(this.#readTimer)
  }

  readSoon() {
    if (this.#readTimer !== undefined || !chat.isAttended) return
    const seq = this.#keeper.lowestSeq
    if (!chat.reader.awaits(seq)) return
    const { room } = chat
    this.#readTimer = setTimeout(() => {
      this.#readTimer = undefined
      if (chat.isAttended && chat.room === room && this.#keeper.lowestSeq >= seq) chat.reader.read(seq)
      this.readSoon()
    }, READ_AFTER_MS)
  }

  #returned = () => {
    this.readSoon()
    this.#host.redraw()
  }

  /** @param {KeyboardEvent} event */
  #escaped = (event) => {
    const isForOthers = event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], .menu-layer") !== null
    if (event.key === "Escape" && !isForOthers && chat.reader.unreadAfter !== null && this.#keeper.isAtBottom) chat.reader.markRead()
  }

  #waitForMidnight() {
    this.#midnightTimer = setTimeout(() => {
      this.#host.redraw()
      this.#waitForMidnight()
    }, untilMidnight(Date.now()))
  }
}
