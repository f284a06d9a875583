/** Who comes by a link: what it is for, and from whom; then a name and a password, or a name alone. Or a new password. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t, translator } from "../context.js"
import { accept, invitation, register, resetPassword, signIn, whoAmI, whoseReset } from "../core/accounts.js"
import { fullTime } from "../core/i18n.js"
import { Attempt } from "./forms.js"
import { reasonOf } from "./refusals.js"
import { cleaned, enter, roomFor } from "./sc-join.js"
import { View, icon, mark } from "./view.js"

/** @typedef {"here" | "account" | "guest" | "signIn"} Way as who one is, with a new account, as a guest, with an account one has */

const RANKS = ["moderator", "admin", "owner"]

class InvitationView extends View {
  #kind = router.link?.[1] ?? ""
  #token = router.link?.[2] ?? ""
  /** @type {import("../core/accounts.js").Invitation | null} */
  #invitation = null
  /** @type {{name: string, least: number} | null} */
  #reset = null
  /** @type {import("../core/types.js").User | null} */
  #me = null
  /** @type {"asking" | "open" | "void" | "failed"} */
  #state = "asking"
  /** @type {unknown} why it could not be looked at */
  #problem = ""
  /** @type {Way} */
  #way = "account"
  #attempt = new Attempt(this)

  connectedCallback() {
    super.connectedCallback()
    void this.#ask()
  }

  async #ask() {
    try {
      if (this.#kind === "reset") {
        const { user, password_least: least } = await whoseReset(this.#token)
        this.#reset = { name: user.name, least }
      } else {
        const [found, session] = await Promise.all([invitation(this.#token), whoAmI()])
        this.#invitation = found
        this.#me = session?.user ?? null
        this.#way = this.#ways[0] ?? "signIn"
      }
      this.#state = "open"
    } catch (error) {
      // A server that is busy or has had too many tries says nothing about the link.
      const { code, temporary } = /** @type {any} */ (error)
      this.#state = code && !temporary ? "void" : "failed"
      this.#problem = code ? reasonOf(error) : t("join.failed")
    }
    await this.#draw()
  }

  async #draw() {
    this.requestUpdate()
    await this.updateComplete
    const first = [...this.querySelectorAll("input:not([type=radio])")].find((input) => /** @type {HTMLInputElement} */ (input).value === "")
    ;/** @type {HTMLElement | null} */ (first ?? this.querySelector(".primary"))?.focus()
  }

  /** How this person can come by it. @returns {Way[]} */
  get #ways() {
    const { accounts = false, guests = false, room, role = "" } = this.#invitation ?? {}
    const me = this.#me
    const isMember = me !== null && me.kind !== "guest"
    const isForMe = me !== null && room !== undefined && (isMember || !RANKS.includes(role))
    return /** @type {Way[]} */ ([isForMe && "here", accounts && !isMember && "account", guests && !me && "guest"].filter(Boolean))
  }

  render() {
    if (this.#state === "asking") return html`<main class="join" aria-busy="true"></main>`
    if (this.#state === "failed") return card(nothing, t("invitation.failed"), this.#problem, html`<button class="button primary wide" @click=${() => this.#ask()}>${t("history.retry")}</button>`)
    if (this.#state === "void") return card(html`<span class="ring">${icon("link")}</span>`, t("invitation.void"), this.#kind === "reset" ? t("reset.voidHint") : t("invitation.voidHint"), toChat(t("invitation.goOn")))
    return this.#reset ? this.#newPassword(this.#reset) : this.#invited(/** @type {import("../core/accounts.js").Invitation} */ (this.#invitation))
  }

  /** @param {{name: string, least: number}} reset */
  #newPassword({ name, least }) {
    return form(t("reset.title", { name }), t("reset.hint"), (event) => this.#attempt.send(event, async ({ password }) => {
      const { user } = await resetPassword(this.#token, password)
      this.#leave(user, null)
    }), html`<input type="hidden" name="username" autocomplete="username" value=${name}>
      ${this.#attempt.newPassword({ id: "reset-password", label: t("password.new"), least })}
      ${this.#attempt.problem()}${this.#attempt.button(t("reset.action"))}`)
  }

  /** @param {import("../core/accounts.js").Invitation} invited */
  #invited(invited) {
    const me = this.#me
    const { room, role } = invited
    if (me && me.kind !== "guest" && !room) {
      return card(mark(), t("invitation.here", { name: me.name }), t("invitation.hereHint", { server: chat.serverName }), toChat(t("invitation.goOn")))
    }
    const title = role === "owner" && !room ? t("invitation.owner", { server: chat.serverName })
      : room ? t("invitation.room", { room: `#${room.name}` }) : t("invitation.server", { server: chat.serverName })
    const hint = role === "owner" && !room ? t("invitation.ownerHint") : html`${from(invited.by)} ${rankWords(role)}`
    return form(title, hint, (event) => this.#come(event), html`${this.#choice()}${this.#fields(invited)}
      ${this.#attempt.problem()}${this.#attempt.button(this.#action())}${this.#otherwise(invited)}`)
  }

  #choice() {
    const ways = this.#ways
    if (ways.length < 2 || this.#way === "signIn") return nothing
    const words = { here: t("invitation.asMe", { name: this.#me?.name ?? "" }), account: t("invitation.withAccount"), guest: t("invitation.asGuest"), signIn: "" }
    return html`<fieldset><legend class="visually-hidden">${t("invitation.how")}</legend><div class="choices">${ways.map((way) => html`
      <label class="choice"><input type="radio" name="way" value=${way} .checked=${way === this.#way} @change=${() => this.#choose(way)}><span dir="auto">${words[way]}</span></label>`)}</div></fieldset>`
  }

  /** @param {import("../core/accounts.js").Invitation} invited */
  #fields({ password_least: least }) {
    if (this.#way === "here") return nothing
    const help = { account: t("invitation.accountHint"), guest: t("invitation.guestHint"), signIn: "", here: "" }[this.#way]
    const name = this.#attempt.field({ id: "join-name", name: "name", label: t("join.name"), autocomplete: this.#way === "guest" ? "nickname" : "username", value: this.#me?.name ?? preferences.values.name, help })
    if (this.#way === "guest") return name
    return html`${name}${this.#way === "signIn"
      ? this.#attempt.password({ id: "join-password", label: t("password.label"), help: t("signIn.forgotten") })
      : this.#attempt.newPassword({ id: "join-password", label: t("password.label"), least })}`
  }

  #action() {
    if (this.#way === "here") return t("invitation.joinAs", { name: this.#me?.name ?? "" })
    return { account: t("register.action"), guest: t("join.enter"), signIn: t("signIn.action") }[this.#way]
  }

  /** @param {import("../core/accounts.js").Invitation} invited */
  #otherwise({ expires_at: expiresAt, role }) {
    const [way, words] = /** @type {[Way, string]} */ (this.#way === "signIn" ? [this.#ways[0], t("invitation.back")] : ["signIn", t("join.signIn")])
    const isNew = role === "owner" || (this.#me !== null && this.#me.kind !== "guest")
    return html`<div class="ways">${way && !isNew ? html`<button type="button" class="link" @click=${() => this.#choose(way)}>${words}</button>` : nothing}
      ${this.#me ? html`<button type="button" class="link" @click=${leave}>${t("invitation.notNow")}</button>` : nothing}
      <p class="help">${t("invitation.until", { time: fullTime(expiresAt, translator.locale) })}</p></div>`
  }

  /** @param {Way} way */
  #choose(way) {
    this.#way = way
    this.#attempt.forget()
    void this.#draw()
  }

  /** @param {SubmitEvent} event */
  #come(event) {
    void this.#attempt.send(event, async ({ name: typed = "", password }) => {
      const [name, invite] = [cleaned(typed), this.#token]
      switch (this.#way) {
        case "here": return this.#join(/** @type {import("../core/types.js").User} */ (this.#me))
        case "signIn": return this.#join((await signIn({ name, password })).user)
      }
      const { user, room } = this.#way === "account" ? await register({ name, password, invite }) : await signIn({ name, invite })
      this.#leave(user, room?.name ?? (await roomFor()))
    }, (code) => (code === "forbidden" && this.#way === "signIn" ? { field: "password", words: t("signIn.wrong") } : undefined))
  }

  /** @param {import("../core/types.js").User} user */
  async #join(user) {
    if (!this.#invitation?.room) return this.#leave(user, null)
    const { room } = await accept(this.#token)
    this.#leave(user, room?.name ?? null)
  }

  /** @param {import("../core/types.js").User} user @param {string | null} room */
  #leave(user, room) {
    router.link = null
    preferences.set({ name: user.name })
    enter(user, room)
  }
}

/** Who works in the shell has no name that others know. @param {string} by */
function from(by) {
  const values = { name: by, server: chat.serverName }
  return by.startsWith("cli:") ? t("invitation.byAdmin", values) : t("invitation.by", values)
}

/** @param {string} role */
function rankWords(role) {
  const words = { moderator: t("invitation.asModerator"), admin: t("invitation.asAdmin"), owner: t("invitation.asOwner") }
  return words[/** @type {keyof typeof words} */ (role)] ?? ""
}

/** @param {unknown} title @param {unknown} hint @param {(event: SubmitEvent) => unknown} send @param {unknown} fields */
function form(title, hint, send, fields) {
  return html`<main class="join"><form class="card" @submit=${send}>${mark()}<div><h1 dir="auto">${title}</h1><p dir="auto">${hint}</p></div>${fields}</form></main>`
}

/** @param {unknown} sign @param {unknown} title @param {unknown} hint @param {unknown} button */
function card(sign, title, hint, button) {
  return html`<main class="join"><div class="card">${sign}<div><h1 dir="auto">${title}</h1><p>${hint}</p></div>${button}</div></main>`
}

/** @param {string} words */
function toChat(words) {
  return html`<button class="button primary wide" @click=${leave}>${words}</button>`
}

/** The link is let be: who is signed in goes on, others are asked who they are. */
function leave() {
  router.link = null
  chat.phase = "starting"
  chat.emit("session")
  void chat.start()
}

customElements.define("sc-invitation", InvitationView)
