/** What stands around the log now and then: in an empty room; for a reader away from its end what is unread, the way back, the messages below. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { clockTime, localDay } from "../core/i18n.js"
import { saidSince } from "../core/timeline.js"
import { dayWords, failed } from "./message.js"
import { View, icon } from "./view.js"

/** @typedef {import("../core/room.js").Room} Room */

const BELOW_LABEL_PX = [48, 96, 144] // where a message is looked for: on the first of these there may be a line between two
const BEHIND_LABEL_PX = [24, 48] // where the label would hide what says the same, or the top of the history
const FRAMES = 10 // that a message may take to be there

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
  return html`<sc-day></sc-day><button class="pill ${count > 0 ? "" : "quiet"}" @click=${toEnd}>${icon("down", "sm")}${words}</button>`
}

/** @param {import("./message.js").MessageActions} actions */
export function emptyRoom(actions) {
  if (chat.room?.info.kind === "direct") return html`<div class="empty"><span class="ring accent">${icon("chat")}</span><h2>${t("empty.title")}</h2><p dir="auto">${t("empty.direct", { name: chat.room.label ?? "" })}</p></div>`
  return html`<div class="empty"><span class="ring accent">${icon("chat")}</span><h2>${t("empty.title")}</h2><p>${t("empty.hint")}</p>
    <button class="button" @click=${() => actions.do("copyLink")}>${icon("link", "sm")}${t("empty.copyLink")}</button></div>`
}

/** Which day is read: its rule may be far above. Of today nothing needs to be said. */
class Day extends View {
  #tries = 0

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room")
    this.#scroller?.addEventListener("scroll", this.#moved, { passive: true })
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    this.#scroller?.removeEventListener("scroll", this.#moved)
  }

  render() {
    const at = this.#topmost?.sent_at
    // What has only just come into view is not laid out before the next frame.
    if (at === undefined && this.#tries++ < FRAMES) this.redraw()
    if (at === undefined || localDay(at) === localDay(Date.now()) || BEHIND_LABEL_PX.some((below) => this.#at(below)?.closest(".top, .rule"))) return nothing
    return html`<div class="day-label" aria-hidden="true"><span>${dayWords(at, localDay(at))}</span></div>`
  }

  #moved = () => {
    this.#tries = 0
    this.redraw()
  }

  get #scroller() {
    return document.querySelector(".scroll")
  }

  get #topmost() {
    for (const below of BELOW_LABEL_PX) {
      const row = this.#at(below)?.closest("[data-seq]")
      if (row instanceof HTMLElement) return chat.room?.message(Number(row.dataset.seq))
    }
    return undefined
  }

  /** @param {number} below the upper edge of the log, in pixels */
  #at(below) {
    const { left = 0, top = 0, width = 0 } = this.#scroller?.getBoundingClientRect() ?? {}
    return document.elementFromPoint(left + width / 2, top + below)
  }
}

customElements.define("sc-day", Day)
