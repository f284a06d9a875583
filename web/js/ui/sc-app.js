/** The page as a whole: which screen, which columns. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t } from "../context.js"
import "./sc-room.js"
import "./sc-rooms.js"
import { View } from "./view.js"

const WIDE = matchMedia("(min-width: 1180px)")
const AGAIN_MS = 2_000
const PHONE = matchMedia("(max-width: 759.98px)")

class App extends View {
  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "session", "rooms", "room", "connection")
    this.follow(preferences, "change")
    this.listen(router, "change", () => this.#routed())
    this.listen(chat, "session", () => this.#routed())
    this.listen(chat, "rooms", () => this.#chooseRoom())
    this.listen(chat, "left", () => this.#leave())
    WIDE.addEventListener("change", () => this.redraw())
    PHONE.addEventListener("change", () => this.#routed())
    this.#routed()
  }

  render() {
    if (chat.phase === "join") return html`<sc-join></sc-join>`
    if (chat.phase === "starting") return nothing
    const isPanelOpen = chat.current !== null && !chat.room?.refusal && chat.socket.state !== "refused" && this.#isPanelOpen
    if (isPanelOpen && chat.room?.isLoaded) import("./sc-members.js").catch(() => {})
    const mayWrite = chat.current !== null && !chat.room?.refusal && chat.socket.state !== "refused"
    const isListAlone = PHONE.matches && this.#screen === "rooms"
    return html`
      ${isListAlone || !mayWrite ? nothing : html`<a class="skip" href="#composer-field" data-in-page>${t("app.skip")}</a>`}
      <div class="app" data-screen=${this.#screen} data-panel=${isPanelOpen ? "open" : "closed"}>
        <sc-rooms class="side" role=${isListAlone ? "main" : "navigation"} aria-label=${t("rooms.title")}></sc-rooms>
        <sc-room class="main" role="main"></sc-room>
        ${isPanelOpen
          ? html`<sc-members class="panel" role="complementary" aria-label=${t("members.title")}></sc-members>` : nothing}
      </div>
      <div class="visually-hidden" aria-live="polite" id="announcements"></div>`
  }

  #bringJoin() {
    import("./sc-join.js").catch(() => setTimeout(() => this.#bringJoin(), AGAIN_MS))
  }

  get #isPanelOpen() {
    return WIDE.matches ? preferences.values.isPanelOpen : router.isSheetOpen
  }

  get #screen() {
    if (router.isSheetOpen && !WIDE.matches) return "panel"
    return router.room === null ? "rooms" : "room"
  }

  #routed() {
    if (chat.phase === "join") this.#bringJoin()
    const { room, message } = router
    if (chat.phase === "chat" && (room !== this.#looked || chat.current === null)) {
      this.#looked = room
      if (room !== null) preferences.set({ room })
      if (room !== null || chat.current !== null) void chat.look(room, message)
    } else if (chat.phase === "chat" && message !== this.#sought && message !== null) {
      chat.seek(message)
    }
    this.#sought = message
    this.#chooseRoom()
    this.redraw()
  }

  /** @type {string | null} */
  #looked = null
  /** @type {number | null} */
  #sought = null

  /** Where there is space for a room beside the list, the list does not stand alone. */
  #chooseRoom() {
    if (chat.phase !== "chat" || router.room !== null || PHONE.matches) return
    const { own } = chat.list
    const last = preferences.values.room
    const choice = (last && chat.list.find(last)) || own[0]
    if (choice) router.replace(choice.name)
  }

  /** A phone goes back to the list, a desk to the next room. */
  #leave() {
    preferences.set({ room: null })
    router.replace(PHONE.matches ? null : (chat.list.own[0]?.name ?? null))
  }
}

customElements.define("sc-app", App)
