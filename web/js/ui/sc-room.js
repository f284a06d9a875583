/** The middle column: the room's head, the banner, the log, the composer; or why there is none of it. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t } from "../context.js"
import "./sc-composer.js"
import { openMenu } from "./dialogs.js"
import { View, icon } from "./view.js"

const WIDE = matchMedia("(min-width: 1180px)")

class RoomView extends View {
  /** @type {typeof import("./screens.js") | null} */
  #screens = null

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "rooms", "connection", "session")
    this.follow(preferences, "change")
    this.follow(router, "change")
    WIDE.addEventListener("change", () => this.redraw())
  }

  render() {
    const screen = this.#screen()
    if (screen) return html`${chat.current === null && chat.socket.state === "live" ? nothing : head()}${screen}`
    if (chat.current === null) return html`<sc-banner></sc-banner>`
    // The log is preloaded, but neither the first paint nor the handshake has to wait for it. What fails comes with the next drawing.
    import("./sc-timeline.js").catch(() => {})
    return html`${head()}<sc-banner></sc-banner><sc-timeline></sc-timeline><sc-composer></sc-composer>`
  }

  /** The screens that stand in for a room come when one is needed. */
  #screen() {
    const isRefused = chat.socket.state === "refused"
    const isNowhere = chat.current === null && chat.socket.state === "live"
    if (!isRefused && !isNowhere && !chat.room?.refusal) return null
    if (!this.#screens) {
      void this.#loadScreens()
      return html`<div class="screen"></div>`
    }
    if (isNowhere) return this.#screens.noRoom()
    return isRefused ? this.#screens.serverScreen() : this.#screens.roomScreen()
  }

  async #loadScreens() {
    this.#screens = await import("./screens.js").catch(() => null)
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
    ${room?.isLoaded && !room.refusal && chat.socket.state !== "refused" ? buttons(room, isPanelOpen) : nothing}
  </div>`
}

/** @param {import("../core/store.js").Room} room @param {boolean} isPanelOpen */
function buttons(room, isPanelOpen) {
  const bell = chat.list.find(room.name)?.notify === "none" ? "bell-off" : "bell"
  return html`
    <button class="icon-button not-phone" aria-label=${t("level.title")} title=${t("level.title")} aria-haspopup="menu" aria-expanded="false"
      @click=${(/** @type {Event} */ event) => openMenu(event, ({ levelMenu }) => levelMenu(room))}>${icon(bell)}</button>
    <button class="icon-button" aria-label=${t("members.title")} title=${t("members.title")} aria-pressed=${isPanelOpen}
      @click=${togglePanel}>${icon("users")}</button>
    <button class="icon-button" aria-label=${t("menu.room")} title=${t("menu.room")} aria-haspopup="menu" aria-expanded="false"
      @click=${(/** @type {Event} */ event) => openMenu(event, ({ roomMenu }) => roomMenu(room))}>${icon("more")}</button>`
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

customElements.define("sc-room", RoomView)
