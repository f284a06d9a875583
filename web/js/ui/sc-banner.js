/** The line under the room's head: what the connection is doing, the administrator's word, a newer page. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t } from "../context.js"
import { View, icon } from "./view.js"

const PATIENCE_MS = 2_000
const CATCHING_UP_PATIENCE_MS = 1_000
const CONNECTING_PATIENCE_MS = 5_000
const TICK_MS = 1_000

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
    if (state === "connecting") return banner("offline", t("banner.connecting"), waiting(), elapsed < CONNECTING_PATIENCE_MS ? nothing : tryNow)
    return banner("offline", t("banner.reconnecting"), html`${nextTry()}${waiting()}`, tryNow)
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
    <button class="icon-button" aria-label=${t("banner.dismiss")} @click=${dismiss}>${icon("x", "sm")}</button></div>`
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

function dismiss() {
  chat.announcement = null
  chat.emit("connection")
}

customElements.define("sc-banner", Banner)
