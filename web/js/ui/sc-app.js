/** The page as a whole: which screen, which columns; the rooms column, and the middle one. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { addressOf, chat, preferences, router, t } from "../context.js"
import { arranged, newsIn, roomKey } from "../core/store.js"
import "./sc-composer.js"
import { View, avatar, icon, mark, openDialog, openMenu, standing } from "./view.js"

const WIDE = matchMedia("(min-width: 1180px)")
const AGAIN_MS = 2_000
const PHONE = matchMedia("(max-width: 759.98px)")
const PATIENCE_MS = 2_000
const CATCHING_UP_PATIENCE_MS = 1_000
const CONNECTING_PATIENCE_MS = 5_000
const TICK_MS = 1_000
const BADGE_MOST = 99
/** @type {typeof import("./screens.js") | null} what stands in for a room, or below its head: comes when it is needed */
let screens = null
const ICONS = new Map([["closed", "lock"], ["direct", "chat"]])

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
    this.addEventListener("click", (event) => this.#clicked(event))
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

  #leave() {
    preferences.set({ room: null })
    router.replace(PHONE.matches ? null : (chat.list.own[0]?.name ?? null))
  }

  /** @param {MouseEvent} event */
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
    router.go(decodeURIComponent(room[1]), link.hash)
  }
}

customElements.define("sc-app", App)

/** The middle column: the room's head, the banner, the log, the composer; or why there is none of it. */
class RoomView extends View {
  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "rooms", "connection", "session")
    this.follow(preferences, "change")
    this.follow(router, "change")
    WIDE.addEventListener("change", () => this.redraw())
  }

  render() {
    const refusal = this.#refusal()
    if (refusal) return html`${head()}${refusal}`
    if (chat.current === null) return chat.socket.state === "live" ? later(this, (screens) => screens.noRoom()) : html`<sc-banner></sc-banner>`
    // Neither the first paint nor the handshake waits for the log. What fails comes with the next drawing.
    import("./sc-timeline.js").catch(() => {})
    return html`${head()}<sc-banner></sc-banner><sc-timeline></sc-timeline><sc-composer></sc-composer>`
  }

  #refusal() {
    const isRefused = chat.socket.state === "refused"
    if (!isRefused && !chat.room?.refusal) return null
    return later(this, ({ roomScreen, serverScreen }) => (isRefused ? serverScreen() : roomScreen()))
  }
}

/** @param {View} view @param {(screens: typeof import("./screens.js")) => unknown} draw */
function later(view, draw) {
  if (screens) return draw(screens)
  void import("./screens.js").then((module) => {
    screens = module
    view.requestUpdate()
  }, () => {})
  return nothing
}

function head() {
  const { room } = chat
  const name = room?.info.title || room?.name || chat.current || ""
  const isPanelOpen = WIDE.matches ? preferences.values.isPanelOpen : router.isSheetOpen
  const news = chat.list.own.filter((each) => roomKey(each.name) !== chat.current).map(newsIn)
  const count = news.reduce((sum, each) => sum + each.count, 0)
  return html`<div class="head">
    <button class="icon-button only-phone back ${news.some(({ isForMe }) => isForMe) ? "" : "quiet"}" data-count=${count > 0 ? capped(count) : nothing} aria-label=${t("room.back") + (count > 0 ? t("room.elsewhere", { count }) : "")} @click=${() => router.toList()}>${icon("back")}</button>
    <div class="title"><h1 dir="auto">${icon(ICONS.get(room?.info.kind ?? "") ?? "hash")}<span>${name}</span></h1>${subtitle()}</div>
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
    return html`${this.#connection()}${chat.announcement || chat.hasNewerBuild ? later(this, (screens) => screens.messages()) : nothing}`
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
  return html`<span class="num not-phone">${t("banner.attempt", { attempt, seconds })}</span>`
}

function waiting() {
  const count = chat.outbox?.waiting ?? 0
  return count > 0 ? html`<span class="num">${t("banner.waiting", { count })}</span>` : nothing
}

/** @param {string} name @param {string} title @param {unknown} words @param {unknown} button */
function banner(name, title, words, button) {
  return html`<div class="banner" role="status">${icon(name)}<div><b>${title}</b>${words}</div>${button}</div>`
}

customElements.define("sc-room", RoomView)
customElements.define("sc-banner", Banner)

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
        ${section(t("rooms.title"), t("rooms.create"), "sc-create")}
        ${list(own.filter((room) => room.kind !== "direct"))}
        ${own.length === 0 && chat.socket.state === "live" ? html`<p class="rooms-empty">${t("rooms.none")}</p>` : nothing}
        ${section(t("rooms.direct"), t("direct.new"), "sc-direct")}${list(direct)}
        <button class="browse" aria-expanded=${isBrowsing} @click=${browse}>${icon(isBrowsing ? "down" : "plus", "sm")}${t("rooms.browse")}</button>
        ${isBrowsing ? (open.length > 0 ? list(open) : html`<p class="rooms-empty">${t("rooms.noneOpen")}</p>`) : nothing}
      </div>
      ${chat.me ? html`<div class="me"><button class="who" @click=${() => openDialog("sc-account")}>${avatar(chat.me, { isPresent: chat.socket.state === "live" })}
        <span><b dir="auto">${chat.me.name}</b><small>${standing(chat.me)}</small></span></button>
        <button class="icon-button" aria-label=${t("preferences.title")} title=${t("preferences.title")} @click=${() => openDialog("sc-preferences")}>${icon("gear")}</button></div>` : nothing}`
  }

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

/** @param {import("../core/types.js").Listed[]} rooms */
function list(rooms) {
  return html`<ul>${repeat(rooms, (room) => roomKey(room.name), roomLink)}</ul>`
}

/** @param {import("../core/types.js").Listed} room */
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

/** @param {string} title @param {string} more @param {"sc-create" | "sc-direct"} dialog */
function section(title, more, dialog) {
  return html`<div class="section"><h2>${title}</h2>
    <button class="icon-button small" aria-label=${more} title=${more} @click=${() => openDialog(dialog)}>${icon("plus", "sm")}</button></div>`
}

/** @param {number} count @param {boolean} isForMe mentions and direct messages are red */
function badge(count, isForMe) {
  const label = isForMe ? t("rooms.mentions") : t("rooms.unread")
  return html`<span class="badge ${isForMe ? "" : "quiet"}"><span class="visually-hidden">${label} </span>${capped(count)}</span>`
}

/** @param {number} count */
function capped(count) {
  return count > BADGE_MOST ? `${BADGE_MOST}+` : count
}

customElements.define("sc-rooms", Rooms)
