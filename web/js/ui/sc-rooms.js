/** The rooms column: the server, its rooms, and oneself. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { addressOf, chat, preferences, router, t } from "../context.js"
import { roomKey } from "../core/store.js"
import { View, avatar, icon, mark } from "./view.js"

const BADGE_MOST = 99

class Rooms extends View {
  #isCreating = false
  #isPreferring = false

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "rooms", "session", "room", "connection", "draft")
  }

  render() {
    const { own, open } = chat.list
    return html`
      <div class="brand">${mark()}<div>${router.room === null ? html`<h1>sanchat</h1>` : html`<b>sanchat</b>`}${connectionWord()}</div></div>
      <div class="rooms">
        <div class="section"><h2>${t("rooms.title")}</h2>
          <button class="icon-button small" aria-label=${t("rooms.create")} title=${t("rooms.create")} @click=${this.#create}>${icon("plus", "sm")}</button></div>
        <ul>${repeat(own, (room) => roomKey(room.name), roomLink)}</ul>
        ${open.length > 0 ? html`<div class="section"><h2>${t("rooms.open")}</h2></div>
          <ul>${repeat(open, (room) => roomKey(room.name), roomLink)}</ul>` : nothing}
        ${own.length + open.length === 0 ? html`<p class="rooms-empty">${t("rooms.none")}</p>` : nothing}
      </div>
      ${chat.me ? html`<div class="me">${avatar(chat.me, { isPresent: chat.socket.state === "live" })}
        <div><b dir="auto">${chat.me.name}</b><small>${chat.me.kind === "guest" ? t("me.guest") : t("me.member")}</small></div>
        <button class="icon-button" aria-label=${t("preferences.title")} title=${t("preferences.title")} @click=${this.#prefer}>${icon("gear")}</button></div>` : nothing}
      ${this.#isCreating ? html`<sc-create @done=${() => this.#created()}></sc-create>` : nothing}
      ${this.#isPreferring ? html`<sc-preferences @done=${() => this.#preferred()}></sc-preferences>` : nothing}`
  }

  async #create() {
    await import("./sc-create.js")
    this.#isCreating = true
    this.requestUpdate()
  }

  #created() {
    this.#isCreating = false
    this.requestUpdate()
  }

  async #prefer() {
    await import("./sc-preferences.js")
    this.#isPreferring = true
    this.requestUpdate()
  }

  #preferred() {
    this.#isPreferring = false
    this.requestUpdate()
  }
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

/** @param {import("../core/store.js").Listed} room */
function roomLink(room) {
  const key = roomKey(room.name)
  const isCurrent = key === chat.current
  const count = isCurrent ? 0 : unreadIn(room)
  const isUnread = !isCurrent && (count > 0 || ((room.read_seq ?? 0) > 0 && (room.last_seq ?? 0) > (room.read_seq ?? 0)))
  const hasDraft = !isCurrent && chat.drafts?.has(key)
  return html`<li><a class="room ${isUnread ? "unread" : ""}" href=${addressOf(room.name)} aria-current=${isCurrent ? "page" : nothing}>
    ${icon(room.kind === "closed" ? "lock" : "hash", "sm")}<span class="name" dir="auto">${room.title || room.name}</span>
    ${hasDraft ? html`<span class="draft">${icon("edit", "xs")}${t("rooms.draft")}</span>` : nothing}
    ${room.mentions ? badge(room.mentions, "", t("rooms.mentions")) : count > 0 ? badge(count, "quiet", t("rooms.unread")) : nothing}
  </a></li>`
}

/** How many messages of others wait in a room that is heard; 0 where only the server knows. @param {import("../core/store.js").Listed} room */
function unreadIn(room) {
  const heard = chat.subscriptions.get(room.name)
  if (!heard) return 0
  return heard.messages.filter((message) => message.seq > heard.readSeq && message.user.id !== chat.me?.id && !message.deleted_at).length
}

/** @param {number} count @param {string} look @param {string} label */
function badge(count, look, label) {
  return html`<span class="badge ${look}"><span class="visually-hidden">${label} </span>${count > BADGE_MOST ? `${BADGE_MOST}+` : count}</span>`
}

customElements.define("sc-rooms", Rooms)
