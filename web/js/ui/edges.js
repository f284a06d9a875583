/** What stands around the log now and then: in an empty room; for a reader away from its end what is unread, the way back, the messages below. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { clockTime } from "../core/i18n.js"
import { saidSince } from "../core/timeline.js"
import { failed } from "./message.js"
import { icon } from "./view.js"

/** @typedef {import("../core/room.js").Room} Room */

/** @param {Room} room */
export function below(room) {
  if (room.later === "failed") return failed(() => chat.loadNewer(), t("history.newerFailed"))
  return html`<div class="top" aria-busy=${room.later === "loading"}>${t("history.loadingNewer")}</div>`
}

/** @param {Room} room @param {{id: number}} me */
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

/** @param {import("./message.js").MessageActions} actions */
export function emptyRoom(actions) {
  if (chat.room?.info.kind === "direct") return html`<div class="empty"><span class="ring accent">${icon("chat")}</span><h2>${t("empty.title")}</h2><p dir="auto">${t("empty.direct", { name: chat.room.label ?? "" })}</p></div>`
  return html`<div class="empty"><span class="ring accent">${icon("chat")}</span><h2>${t("empty.title")}</h2><p>${t("empty.hint")}</p>
    <button class="button" @click=${() => actions.do("copyLink")}>${icon("link", "sm")}${t("empty.copyLink")}</button></div>`
}
