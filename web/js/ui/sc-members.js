/** Who is here. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { chat, preferences, router, t, translator } from "../context.js"
import { kindTag } from "./message.js"
import { View, avatar, icon, openMenu } from "./view.js"

const SEARCH_FROM = 20 // members

class Members extends View {
  #wanted = ""

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "session")
  }

  render() {
    const { room } = chat
    if (!room) return nothing
    const everybody = [...room.members.values()].sort(byName())
    const members = everybody.filter((user) => user.name.toLowerCase().includes(this.#wanted.toLowerCase()))
    const isBot = (/** @type {any} */ user) => user.kind === "bot"
    const online = members.filter((user) => user.online && !isBot(user))
    const offline = members.filter((user) => !user.online && !isBot(user))
    return html`
      <div class="panel-head"><h2>${t("members.title")}</h2>
        <button class="icon-button" aria-label=${t("members.close")} @click=${close}>${icon("x")}</button></div>
      <div class="panel-body">
        ${everybody.length >= SEARCH_FROM ? this.#search() : nothing}
        ${members.length === 0 ? html`<p class="help" role="status">${t("members.none")}</p>` : nothing}
        ${section(t("members.online"), online, this.#wanted ? online.length : Math.max(room.online - members.filter((user) => isBot(user) && user.online).length, online.length))}
        ${section(t("members.bots"), members.filter(isBot))}
        ${section(t("members.offline"), offline)}
        ${room.memberCount > room.members.size ? html`<p class="help">${t("members.more", { count: room.memberCount - room.members.size })}</p>` : nothing}
      </div>`
  }

  #search() {
    return html`<input class="field search" type="search" aria-label=${t("members.search")} placeholder=${t("members.search")} .value=${this.#wanted}
      @input=${(/** @type {any} */ event) => { this.#wanted = event.target.value; this.requestUpdate() }}>`
  }
}

function byName() {
  const collator = new Intl.Collator(translator.locale)
  return (/** @type {{name: string}} */ a, /** @type {{name: string}} */ b) => collator.compare(a.name, b.name)
}

/** @param {string} title @param {import("../core/types.js").User[]} users @param {number} [count] */
function section(title, users, count = users.length) {
  if (users.length === 0) return nothing
  return html`<div class="section"><h3>${title} · <span class="num">${count}</span></h3></div>
    <ul>${repeat(users, (user) => user.id, (user) => html`<li class="member ${user.online ? "" : "off"}">
      ${avatar(user, { size: "s", isPresent: user.online })}<span class="name"><span dir="auto">${user.name}</span>${user.id === chat.me?.id ? t("members.you") : nothing}</span>${kindTag(user)}${menuButton(user)}</li>`)}</ul>`
}

/** @param {import("../core/types.js").User} user */
function menuButton(user) {
  if (user.id === chat.me?.id) return nothing
  const label = t("menu.member", { name: user.name })
  return html`<button class="icon-button small" aria-label=${label} title=${label} aria-haspopup="menu" aria-expanded="false"
    @click=${(/** @type {Event} */ event) => openMenu(event, ({ memberMenu }) => memberMenu(user))}>${icon("more", "sm")}</button>`
}

function close() {
  if (router.isSheetOpen) router.closeSheet()
  else preferences.set({ isPanelOpen: false })
}

customElements.define("sc-members", Members)
