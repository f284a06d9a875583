/** The page as a whole: which screen, which columns, the title. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t, translator } from "../context.js"
import "./sc-members.js"
import "./sc-room.js"
import "./sc-rooms.js"
import { View } from "./view.js"

const WIDE = matchMedia("(min-width: 1180px)")
const PHONE = matchMedia("(max-width: 759.98px)")
const SAID_MS = 5_000
const ICON = new URL("../../favicon.svg", import.meta.url).href
const UNREAD_ICON = new URL("../../favicon-unread.svg", import.meta.url).href

class App extends View {
  #spoken = ""
  #badge = 0

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "session", "rooms", "room")
    this.follow(preferences, "change")
    this.listen(router, "change", () => this.#routed())
    this.listen(chat, "session", () => this.#routed())
    this.listen(chat, "rooms", () => this.#chooseRoom())
    this.listen(chat, "announce", (heard) => this.#speak(heard))
    WIDE.addEventListener("change", () => this.redraw())
    PHONE.addEventListener("change", () => this.#chooseRoom())
    this.addEventListener("click", (event) => this.#clicked(event))
    this.#routed()
  }

  render() {
    document.title = this.#title()
    if (chat.phase === "join") return html`<sc-join></sc-join>`
    if (chat.phase === "starting") return nothing
    const isPanelOpen = chat.room?.isLoaded && !chat.room.refusal && this.#isPanelOpen
    const isListAlone = PHONE.matches && this.#screen === "rooms"
    return html`
      ${isListAlone ? nothing : html`<a class="skip" href="#composer-field" data-in-page>${t("app.skip")}</a>`}
      <div class="app" data-screen=${this.#screen} data-panel=${isPanelOpen ? "open" : "closed"}>
        <sc-rooms class="side" role=${isListAlone ? "main" : "navigation"} aria-label=${t("rooms.title")}></sc-rooms>
        <sc-room class="main" role="main"></sc-room>
        ${isPanelOpen
          ? html`<sc-members class="panel" role="complementary" aria-label=${t("members.title")}></sc-members>` : nothing}
      </div>
      <div class="visually-hidden" aria-live="polite" id="announcements">${this.#spoken}</div>`
  }

  get #isPanelOpen() {
    return WIDE.matches ? preferences.values.isPanelOpen : router.isSheetOpen
  }

  get #screen() {
    if (router.isSheetOpen && !WIDE.matches) return "panel"
    return router.room === null ? "rooms" : "room"
  }

  #routed() {
    if (chat.phase === "join") void import("./sc-join.js")
    const { room } = router
    if (chat.phase === "chat" && (room !== this.#looked || chat.current === null)) {
      this.#looked = room
      if (room !== null) preferences.set({ room })
      if (room !== null || chat.current !== null) void chat.look(room)
    }
    this.#chooseRoom()
    this.redraw()
  }

  /** @type {string | null} */
  #looked = null

  /** Where there is space for a room beside the list, the list does not stand alone. */
  #chooseRoom() {
    if (chat.phase !== "chat" || router.room !== null || PHONE.matches) return
    const { own, open } = chat.list
    const last = preferences.values.room
    const choice = (last && chat.list.find(last)) || own[0] || open[0]
    if (choice) router.replace(choice.name)
  }

  /** The tab says what waits: how many call this person, else whether there is anything. */
  #title() {
    const mentions = chat.list.own.reduce((sum, room) => sum + (room.mentions ?? 0), 0)
    const isWaiting = chat.list.own.some((room) => (room.last_seq ?? 0) > (room.read_seq ?? 0) && !(chat.isAttended && room.name === chat.room?.name))
    const place = chat.phase === "chat" && chat.room ? `${chat.room.name} · sanchat` : "sanchat"
    this.#mark(mentions, mentions > 0 || isWaiting)
    if (mentions > 0) return `(${mentions}) ${place}`
    return isWaiting ? `• ${place}` : place
  }

  /** @param {number} mentions @param {boolean} isWaiting */
  #mark(mentions, isWaiting) {
    const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"))
    const href = isWaiting ? UNREAD_ICON : ICON
    if (icon && icon.href !== href) icon.href = href
    if (mentions === this.#badge) return
    this.#badge = mentions
    // Only installed pages on https have a badge; where there is none, the title says it.
    navigator.setAppBadge?.(mentions).catch(() => {})
  }

  /** @param {{lines: string[], more: number}} heard */
  #speak({ lines, more }) {
    const words = more > 0 ? t("announce.count", { count: more }) : lines.join(translator.locale === "en" ? ". " : "。")
    this.#spoken = words
    this.requestUpdate()
    setTimeout(() => {
      if (this.#spoken !== words) return
      this.#spoken = ""
      this.requestUpdate()
    }, SAID_MS)
  }

  /** Links to rooms of this server open inside the page. @param {MouseEvent} event */
  #clicked(event) {
    const link = /** @type {Element} */ (event.target).closest("a[href]")
    if (!(link instanceof HTMLAnchorElement) || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return
    if ("inPage" in link.dataset) {
      event.preventDefault()
      return document.getElementById("composer-field")?.focus()
    }
    const room = link.origin === location.origin && /^\/r\/([^/]+)$/u.exec(link.pathname)
    if (!room) return
    event.preventDefault()
    router.go(decodeURIComponent(room[1]))
  }
}

customElements.define("sc-app", App)
