/** The rooms column: the server, its rooms, and oneself. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { addressOf, chat, preferences, router, t } from "../context.js"
import { arranged, newsIn, roomKey } from "../core/store.js"
import { openDialog } from "./dialogs.js"
import { View, avatar, icon, mark } from "./view.js"

const BADGE_MOST = 99
const ICONS = new Map([["closed", "lock"], ["direct", "chat"]])

class Rooms extends View {
  /** @type {string[] | null} the order that was shown, by roomKey */
  #shown = null
  #isPointed = false

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "rooms", "session", "room", "connection", "draft")
    this.follow(preferences, "change")
  }

  render() {
    const { open } = chat.list
    const own = arranged(chat.list.own, { pinned: preferences.values.pinned, held: this.#isPointed ? this.#shown : null })
    this.#shown = own.map((room) => roomKey(room.name))
    const direct = own.filter((room) => room.kind === "direct")
    const { isBrowsing } = preferences.values
    return html`
      <div class="brand">${mark()}<div>${router.room === null ? html`<h1 dir="auto">${chat.serverName}</h1>` : html`<b dir="auto">${chat.serverName}</b>`}${connectionWord()}</div></div>
      <button class="jump" aria-keyshortcuts="Control+K" @click=${() => openDialog("sc-jump")}>${icon("search", "sm")}${t("jump.open")}<kbd class="not-phone">${t("jump.keys")}</kbd></button>
      <div class="rooms" @pointerenter=${() => (this.#isPointed = true)} @pointerleave=${this.#left}>
        <div class="section"><h2>${t("rooms.title")}</h2>
          <button class="icon-button small" aria-label=${t("rooms.create")} title=${t("rooms.create")} @click=${() => openDialog("sc-create")}>${icon("plus", "sm")}</button></div>
        ${list(own.filter((room) => room.kind !== "direct"))}
        ${own.length === 0 ? html`<p class="rooms-empty">${t("rooms.none")}</p>` : nothing}
        ${direct.length > 0 ? html`<div class="section"><h2>${t("rooms.direct")}</h2></div>${list(direct)}` : nothing}
        <button class="browse" aria-expanded=${isBrowsing} @click=${browse}>${icon(isBrowsing ? "down" : "plus", "sm")}${t("rooms.browse")}</button>
        ${isBrowsing ? (open.length > 0 ? list(open) : html`<p class="rooms-empty">${t("rooms.noneOpen")}</p>`) : nothing}
      </div>
      ${chat.me ? html`<div class="me">${avatar(chat.me, { isPresent: chat.socket.state === "live" })}
        <div><b dir="auto">${chat.me.name}</b><small>${chat.me.kind === "guest" ? t("me.guest") : t("me.member")}</small></div>
        <button class="icon-button" aria-label=${t("preferences.title")} title=${t("preferences.title")} @click=${() => openDialog("sc-preferences")}>${icon("gear")}</button></div>` : nothing}`
  }

  /** Only now may the rooms take their places. */
  #left() {
    this.#isPointed = false
    this.redraw()
  }
}

function browse() {
  preferences.set({ isBrowsing: !preferences.values.isBrowsing })
  if (preferences.values.isBrowsing) void chat.refreshRooms()
}

function connectionWord() {
  const { state } = chat.socket
  const words = {
    live: t("connection.live"), connecting: t("connection.connecting"), reconnecting: t("connection.reconnectingWord"),
    offline: t("connection.offlineWord"), "catching-up": t("connection.catchingUpWord"), refused: t("connection.refused"),
    closed: t("connection.connecting"),
  }
  const look = { live: "", offline: "gone", refused: "gone" }[state] ?? "waiting"
  return html`<small role="status"><span class="dot ${look}"></span>${words[/** @type {keyof typeof words} */ (state)]}</small>`
}

/** @param {import("../core/store.js").Listed[]} rooms */
function list(rooms) {
  return html`<ul>${repeat(rooms, (room) => roomKey(room.name), roomLink)}</ul>`
}

/** @param {import("../core/store.js").Listed} room */
function roomLink(room) {
  const key = roomKey(room.name)
  const isCurrent = key === chat.current
  const { count, isForMe, isUnread } = isCurrent ? newsIn({ name: "" }) : newsIn(room)
  const look = `${isUnread ? "unread" : ""} ${room.notify === "none" ? "muted" : ""}`
  return html`<li><a class="room ${look}" href=${addressOf(room.name)} aria-current=${isCurrent ? "page" : nothing}>
    ${icon(ICONS.get(room.kind ?? "") ?? "hash", "sm")}<span class="name" dir="auto">${room.title || room.name}</span>
    ${preferences.values.pinned.includes(key) ? html`<span class="pinned" title=${t("rooms.pinned")}>${icon("pin", "xs")}<span class="visually-hidden">${t("rooms.pinned")}</span></span>` : nothing}
    ${!isCurrent && chat.drafts?.has(key) ? html`<span class="draft">${icon("edit", "xs")}${t("rooms.draft")}</span>` : nothing}
    ${count > 0 ? badge(count, isForMe) : nothing}
  </a></li>`
}

/** @param {number} count @param {boolean} isForMe mentions and direct messages are red */
function badge(count, isForMe) {
  const label = isForMe ? t("rooms.mentions") : t("rooms.unread")
  return html`<span class="badge ${isForMe ? "" : "quiet"}"><span class="visually-hidden">${label} </span>${count > BADGE_MOST ? `${BADGE_MOST}+` : count}</span>`
}

customElements.define("sc-rooms", Rooms)
