/** The first question: who are you, and where do you want to go? As a guest, with an account, or by a link. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t } from "../context.js"
import { createRoom } from "../core/membership.js"
import { firstRoom, register, signIn, waysIn } from "../core/accounts.js"
import { Attempt } from "./forms.js"
import { View, brought, mark } from "./view.js"

const DEFAULT_ROOM = "general"
const ROOM_CHARACTERS = 64
/** What holds where the server cannot be asked: the form then says what it says. */
const UNKNOWN = /** @type {import("../core/accounts.js").Ways} */ ({ guests: "open", registration: "invite", password_least: 8, public: false })

/** @typedef {"guest" | "signIn" | "register"} Way */

class Join extends View {
  /** @type {import("../core/accounts.js").Ways | null} */
  #ways = null
  /** @type {Way} */
  #way = "guest"
  #attempt = new Attempt(this)

  connectedCallback() {
    super.connectedCallback()
    if (router.link) void brought(() => import("./sc-invitation.js"))
    else void this.#ask()
  }

  async #ask() {
    this.#ways = await waysIn().catch(() => UNKNOWN)
    this.#way = this.#ways.guests === "open" ? "guest" : "signIn"
    await this.#draw()
  }

  async #draw() {
    this.requestUpdate()
    await this.updateComplete
    const empty = [...this.querySelectorAll("input")].find((input) => input.value === "")
    ;(empty ?? /** @type {HTMLElement | null} */ (this.querySelector("form .primary")))?.focus()
  }

  render() {
    if (router.link) return html`<sc-invitation></sc-invitation>`
    if (!this.#ways) return html`<main class="join"></main>`
    const server = chat.serverName
    switch (this.#way) {
      case "signIn": return this.#card(t("signIn.title", { server }), t("signIn.hint"), t("signIn.action"), html`${this.#name("username")}
        ${this.#attempt.password({ id: "join-password", label: t("password.label"), help: t("signIn.forgotten") })}`)
      case "register": return this.#card(t("register.title", { server }), t("register.hint"), t("register.action"), html`${this.#name("username")}
        ${this.#attempt.newPassword({ id: "join-password", label: t("password.label"), least: this.#ways.password_least })}`)
      default: return this.#card(t("join.title", { server }), t("join.hint"), t("join.enter"), html`${this.#name("nickname")}
        ${this.#attempt.field({ id: "join-room", name: "room", label: t("join.room"), help: t("join.roomHint"), most: ROOM_CHARACTERS * 2,
          value: router.room ?? preferences.values.room ?? DEFAULT_ROOM })}`)
    }
  }

  /** @param {string} title @param {string} hint @param {string} action @param {unknown} fields */
  #card(title, hint, action, fields) {
    return html`<main class="join"><form class="card" @submit=${this.#submit}>
      ${mark()}
      <div><h1>${title}</h1><p>${hint}</p></div>
      ${fields}${this.#attempt.problem()}${this.#attempt.button(action)}${this.#others()}
    </form></main>`
  }

  /** @param {string} autocomplete */
  #name(autocomplete) {
    return this.#attempt.field({ id: "join-name", name: "name", label: t("join.name"), autocomplete, value: preferences.values.name })
  }

  /** The other ways in. */
  #others() {
    const { guests, registration } = /** @type {import("../core/accounts.js").Ways} */ (this.#ways)
    const isClosed = guests !== "open" && registration !== "open"
    const link = (/** @type {Way} */ way, /** @type {string} */ words) => way === this.#way ? nothing
      : html`<button type="button" class="link" @click=${() => this.#choose(way)}>${words}</button>`
    return html`<div class="ways">${isClosed ? html`<p class="help">${t("signIn.invited")}</p>` : nothing}
      ${link("signIn", t("join.signIn"))}${registration === "open" ? link("register", t("register.action")) : nothing}
      ${guests === "open" ? link("guest", t("join.asGuest")) : nothing}</div>`
  }

  /** @param {Way} way */
  #choose(way) {
    this.#way = way
    this.#attempt.forget()
    void this.#draw()
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    void this.#attempt.send(event, async ({ name: typed, password, room = "" }) => {
      const name = cleaned(typed)
      const { user } = await (this.#way === "register" ? register({ name, password }) : signIn({ name, ...(password ? { password } : {}) }))
      preferences.set({ name })
      // Who signs in has rooms, of which the server will tell.
      enter(user, this.#way === "signIn" ? router.room : await roomFor(room.trim().replace(/^#/u, "") || router.room))
    }, (code) => (code === "forbidden" && this.#way === "signIn" ? { field: "password", words: t("signIn.wrong") } : undefined))
  }
}

/** @param {string} name */
export function cleaned(name) {
  return name.trim().replace(/\s+/gu, " ")
}

/** Brings somebody who is signed in into a room that is there, or where they were. @param {import("../core/types.js").User} user @param {string | null} room */
export function enter(user, room) {
  router.replace(room)
  chat.enter(user)
}

/**
 * Which room somebody goes to who is signed in; where it is not there yet, this makes it.
 *
 * @param {string | null} [wanted] without it, one for everybody
 */
export async function roomFor(wanted) {
  const name = wanted || (await firstRoom())
  await chat.refreshRooms()
  return chat.list.find(name)?.name ?? createRoom(chat, name).catch(() => name)
}

customElements.define("sc-join", Join)
