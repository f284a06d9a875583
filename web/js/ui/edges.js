/**
 * What comes to the log once its first messages are there: where it begins and where it is cut off, what is unread, the way
 * back to the end, what becomes of messages that are not yet in it, and what goes on while somebody looks at it.
 */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { clockTime, untilMidnight } from "../core/i18n.js"
import { saidSince } from "../core/timeline.js"
import { icon } from "./view.js"

const READ_AFTER_MS = 1_000

/** @typedef {import("../core/room.js").Room} Room */

/** The space above the oldest message: always as high, so that what it says moves nothing. @param {Room} room */
export function top(room) {
  if (room.history === "failed") return failed(() => chat.loadOlder(), t("history.failed"))
  if (isBehindGap(room)) {
    const load = () => chat.seek((room.skippedAfter ?? 0) + 1)
    return html`<div class="top" role="status">${t("history.skipped")} <button class="link" @click=${load}>${t("history.load")}</button></div>`
  }
  if (room.more) return html`<div class="top" aria-busy=${room.history === "loading"}>${t("history.loading")}</div>`
  if (room.info.history) return html`<div class="top">${t("history.sinceJoin")}</div>`
  return html`<div class="top">${t("history.start", { room: room.name })}</div>`
}

/** The same below what is shown somewhere else. @param {Room} room */
export function below(room) {
  if (room.later === "failed") return failed(() => chat.loadNewer(), t("history.newerFailed"))
  return html`<div class="top" aria-busy=${room.later === "loading"}>${t("history.loadingNewer")}</div>`
}

/** @param {() => void} load @param {string} words */
function failed(load, words) {
  return html`<div class="top" role="status">${words} <button class="link" @click=${load}>${t("history.retry")}</button></div>`
}

/** Whether messages are missing above the newest ones. @param {Room} room */
export function isBehindGap(room) {
  return room.skippedAfter !== null && !room.aside
}

/** @param {import("./message.js").MessageActions} actions */
export function emptyRoom(actions) {
  return html`<div class="empty"><span class="ring accent">${icon("chat")}</span><h2>${t("empty.title")}</h2><p>${t("empty.hint")}</p>
    <button class="button" @click=${() => actions.do("copyLink")}>${icon("link", "sm")}${t("empty.copyLink")}</button></div>`
}

/** What stands below the divider, while the end is out of sight. @param {Room} room @param {{id: number}} me */
export function unreadBar(room, me) {
  const after = chat.reader.unreadAfter
  if (after === null) return nothing
  const between = room.aside ? saidSince(room.messages, after, me).filter((message) => message.seq < room.tail.oldestSeq) : []
  const news = [...between, ...saidSince(room.tail.messages, after, me)]
  if (news.length === 0) return nothing
  const words = !room.aside && room.tail.reachesUpTo(after + 1)
    ? t("unread.since", { count: news.length, time: clockTime(news[0].sent_at, translator.locale) })
    : t("unread.many", { count: news.length })
  return html`<div class="unread-bar"><span class="num">${words}</span><button class="link" @click=${() => chat.reader.markRead()}>${t("unread.markRead")}</button></div>`
}

/** @param {Room} room @param {{id: number}} me @param {number} seenSeq up to where the person has been at the end @param {() => void} toEnd */
export function pill(room, me, seenSeq, toEnd) {
  const count = saidSince(room.tail.messages, seenSeq, me).length
  const words = count > 0 ? t("timeline.newMessages", { count }) : t("timeline.jumpToLatest")
  return html`<button class="pill ${count > 0 ? "" : "quiet"}" @click=${toEnd}>${icon("down", "sm")}${words}</button>`
}

/** @param {import("../core/outbox.js").Entry} entry @param {boolean} isLive */
export function sendingState(entry, isLive) {
  if (entry.failed) {
    return html`<div class="failure" role="alert"><span>${icon("alert", "sm")}${failureSentence(entry)}</span>
      <button class="link" @click=${() => chat.retry(entry.id)}>${t("message.retry")}</button>
      <button class="link" @click=${() => chat.discard(entry.id)}>${t("message.delete")}</button></div>`
  }
  if (!isLive) return html`<span class="sending">${icon("clock", "xs")}${t("message.waiting")}</span>`
  return html`<span class="sending late">${icon("clock", "xs")}${t("message.sending")}</span>`
}

/** @param {import("../core/outbox.js").Entry} entry */
function failureSentence({ failed, detail }) {
  if (failed === "unanswered") return t("failed.unanswered")
  if (failed === "expired") return t("failed.expired")
  if (failed === "earlier") return t("failed.earlier")
  return detail ? t("failed.refusedBecause", { reason: detail }) : t("failed.refused")
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

  /** Read is what was in view for a second, in a window in use. What comes meanwhile has its own second. */
  readSoon() {
    if (this.#readTimer !== undefined || !chat.isAttended) return
    const seq = this.#keeper.lowestSeq
    if (!chat.room || seq <= chat.room.readSeq) return
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
