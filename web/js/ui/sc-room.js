/** The middle column: the room's head, what the connection is doing, the log, the composer; or why there is none of it. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t } from "../context.js"
import "./sc-composer.js"
import "./sc-timeline.js"
import { View, icon } from "./view.js"

const WIDE = matchMedia("(min-width: 1180px)")
const PATIENCE_MS = 2_000
const CATCHING_UP_PATIENCE_MS = 1_000
const TICK_MS = 1_000

class RoomView extends View {
  /** @type {typeof import("./screens.js") | null} */
  #screens = null

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "rooms", "connection", "session")
    this.follow(preferences, "change")
  }

  render() {
    const refusal = this.#refusal()
    if (refusal) return html`${head()}${refusal}`
    if (chat.current === null) return chat.socket.state === "live" ? noRoom() : html`<sc-banner></sc-banner>`
    return html`${head()}<sc-banner></sc-banner><sc-timeline></sc-timeline><sc-composer></sc-composer>`
  }

  /** The screens that stand in for a room come when one is needed. */
  #refusal() {
    const isRefused = chat.socket.state === "refused"
    if (!isRefused && !chat.room?.refusal) return null
    if (!this.#screens) {
      void this.#loadScreens()
      return html`<div class="screen"></div>`
    }
    return isRefused ? this.#screens.serverScreen() : this.#screens.roomScreen()
  }

  async #loadScreens() {
    this.#screens = await import("./screens.js")
    this.requestUpdate()
  }
}

function head() {
  const { room } = chat
  const name = room?.info.title || room?.name || chat.current || ""
  const isPanelOpen = WIDE.matches ? preferences.values.isPanelOpen : router.isSheetOpen
  return html`<div class="head">
    <button class="icon-button only-phone" aria-label=${t("room.back")} @click=${() => router.back()}>${icon("back")}</button>
    <div class="title"><h1 dir="auto">${icon(room?.info.kind === "closed" ? "lock" : "hash")}<span>${name}</span></h1>${subtitle()}</div>
    ${room?.isLoaded && !room.refusal
      ? html`<button class="icon-button" aria-label=${t("members.title")} title=${t("members.title")} aria-pressed=${isPanelOpen}
          @click=${togglePanel}>${icon("users")}</button>` : nothing}
  </div>`
}

function subtitle() {
  const { room } = chat
  if (room?.refusal || chat.socket.state === "refused") return nothing
  if (!room?.isLoaded) return html`<p>${t("room.loading")}</p>`
  const people = t("room.people", { members: room.memberCount, online: room.online })
  return html`<p><span class="num">${people}</span>${room.info.topic ? html` · <span dir="auto">${room.info.topic}</span>` : nothing}</p>`
}

function togglePanel() {
  if (WIDE.matches) preferences.set({ isPanelOpen: !preferences.values.isPanelOpen })
  else if (router.isSheetOpen) router.closeSheet()
  else router.openSheet()
}

function noRoom() {
  return html`<div class="screen"><span class="ring accent">${icon("chat")}</span><h2>${t("screen.noRoom")}</h2><p>${t("screen.noRoomHint")}</p></div>`
}

/** Says in words what the connection is doing, once it has taken long enough to be worth a word. */
class Banner extends View {
  /** @type {any} */
  #timer

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "connection")
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
  }

  render() {
    return html`${this.#connection()}${announcement()}${newerBuild()}`
  }

  #connection() {
    clearTimeout(this.#timer)
    const { state, lostAt } = chat.socket
    if (state === "live" || state === "refused" || state === "closed" || lostAt === null) return nothing
    const patience = state === "catching-up" ? CATCHING_UP_PATIENCE_MS : PATIENCE_MS
    const elapsed = Date.now() - lostAt
    this.#timer = setTimeout(() => this.requestUpdate(), elapsed < patience ? patience - elapsed : TICK_MS)
    if (elapsed < patience) return nothing
    if (state === "catching-up") return banner("retry", t("banner.catchingUp"), nothing, nothing)
    if (state === "offline") return banner("offline", t("banner.offline"), waiting(), nothing)
    const tryNow = html`<button class="link" @click=${() => chat.socket.tryNow()}>${t("banner.tryNow")}</button>`
    return banner("offline", state === "connecting" ? t("banner.connecting") : t("banner.reconnecting"), html`${nextTry()}${waiting()}`, tryNow)
  }
}

function nextTry() {
  const { attempt, retryAt } = chat.socket
  if (retryAt === null || attempt === 0) return nothing
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1_000))
  return html`<span class="num not-phone">${t("banner.attempt", { attempt, seconds })} </span>`
}

function waiting() {
  const count = chat.outbox?.waiting ?? 0
  return count > 0 ? html`<span class="num">${t("banner.waiting", { count })}</span>` : nothing
}

function announcement() {
  if (!chat.announcement) return nothing
  return html`<div class="banner announcement" role="status">${icon("chat")}<div dir="auto"><b>${t("banner.announcement")}</b> ${chat.announcement}</div>
    <button class="icon-button" aria-label=${t("banner.dismiss")} @click=${() => chat.dismissAnnouncement()}>${icon("x", "sm")}</button></div>`
}

function newerBuild() {
  if (!chat.hasNewerBuild) return nothing
  return html`<div class="banner announcement" role="status">${icon("retry")}<div><b>${t("banner.newVersion")}</b></div>
    <button class="link" @click=${() => location.reload()}>${t("banner.reload")}</button></div>`
}

/** @param {string} name @param {string} title @param {unknown} words @param {unknown} button */
function banner(name, title, words, button) {
  return html`<div class="banner" role="status">${icon(name)}<div><b>${title}</b> ${words}</div>${button}</div>`
}

customElements.define("sc-banner", Banner)
customElements.define("sc-room", RoomView)
