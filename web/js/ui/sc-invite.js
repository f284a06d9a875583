/** Brings people into a room: somebody who is here by name, others by a link. Those who keep order on the server invite to it, too. */
import { html, nothing, repeat, svg } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { fullTime } from "../core/i18n.js"
import { invite, openInvites, revoke } from "../core/invites.js"
import { keepsServer, spanWords } from "../core/order.js"
import { copyText } from "./clipboard.js"
import { Attempt } from "./forms.js"
import { reasonOf } from "./refusals.js"
import { Dialog } from "./sc-dialog.js"
import { icon } from "./view.js"

const DAY_S = 86_400
const SPANS = [DAY_S / 24, DAY_S, 7 * DAY_S, 28 * DAY_S] // seconds
const USES = [1, 5, 25, 100] // people
const QUIET = 4 // modules around a QR code

/** @typedef {import("../core/invites.js").Invite} Invite */

class InviteDialog extends Dialog {
  /** @type {import("../core/room.js").Room | null} */
  room = null
  #isToServer = false
  /** @type {Invite[] | null} */
  #open = null
  /** @type {unknown} why they could not be had */
  #unlisted = ""
  /** @type {{invite: Invite, url: string, qr?: string[]} | null} */
  #made = null
  #done = ""
  #isUncopied = false
  #adding = new Attempt(this)
  #making = new Attempt(this)
  #revoking = new Attempt(this)

  connectedCallback() {
    super.connectedCallback()
    void this.#load()
  }

  async #load() {
    const isToServer = this.#isToServer
    try {
      const open = await openInvites(isToServer ? undefined : this.room?.name)
      if (isToServer !== this.#isToServer) return
      this.#open = open
      this.#unlisted = ""
    } catch (error) {
      this.#unlisted = reasonOf(error)
    }
    this.requestUpdate()
  }

  render() {
    if (!this.room) return nothing
    return html`<dialog class="dialog account" aria-labelledby="invite-title">
      <div class="dialog-head"><h2 id="invite-title" dir="auto">${this.#isToServer ? t("invite.toServer", { server: chat.serverName }) : t("invite.toRoom", { room: this.room.name })}</h2>
        <button class="icon-button" aria-label=${t("dialog.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      ${keepsServer(chat) ? this.#places() : nothing}
      ${this.#made ? this.#link(this.#made) : this.#form()}
      ${this.#isToServer ? nothing : this.#byName()}
      <p class="done" role="status">${this.#done ? html`${icon("check", "sm")}<span dir="auto">${this.#done}</span>` : nothing}</p>
      ${this.#list()}</dialog>`
  }

  #places() {
    const choice = (/** @type {boolean} */ isToServer, /** @type {string} */ words) => html`<label class="choice"><input type="radio" name="place"
      .checked=${isToServer === this.#isToServer} @change=${() => this.#turn(isToServer)}><span>${words}</span></label>`
    return html`<fieldset><legend class="visually-hidden">${t("moderate.place")}</legend><div class="choices">${choice(false, t("moderate.here"))}${choice(true, t("moderate.everywhere"))}</div></fieldset>`
  }

  /** @param {boolean} isToServer */
  #turn(isToServer) {
    this.#isToServer = isToServer
    this.#made = this.#open = null
    this.#done = ""
    void this.#load()
  }

  #form() {
    const { locale } = translator
    return html`<form @submit=${this.#make}><div class="pair">
      <div><label for="invite-uses">${t("invite.uses")}</label><select class="field" id="invite-uses" name="uses">${USES.map((count) => html`
        <option value=${count}>${t("invite.people", { count })}</option>`)}</select></div>
      <div><label for="invite-span">${t("invite.span")}</label><select class="field" id="invite-span" name="seconds">${SPANS.map((span) => html`
        <option value=${span} ?selected=${span === 7 * DAY_S}>${spanWords(span, locale)}</option>`)}</select></div></div>
      ${this.#making.problem()}
      <div class="dialog-buttons">${this.#making.button(html`${icon("link", "sm")}${t("invite.make")}`, "primary")}</div></form>`
  }

  /** @param {SubmitEvent} event */
  async #make(event) {
    const isMade = await this.#making.send(event, async ({ uses, seconds }) => {
      const room = this.#isToServer ? {} : { room: this.room?.name }
      this.#made = await invite({ ...room, uses: Number(uses), expires_in_s: Number(seconds) })
    })
    if (!isMade) return
    await this.#load()
    await this.updateComplete
    const field = /** @type {HTMLInputElement | null} */ (this.querySelector("#invite-link"))
    field?.select()
  }

  /** @param {{url: string, qr?: string[]}} made */
  #link({ url, qr }) {
    return html`<div class="made"><label for="invite-link">${t("invite.link")}</label>
      <input class="field" id="invite-link" readonly .value=${url} @focus=${(/** @type {any} */ event) => event.target.select()} aria-describedby="invite-once">
      <p class="help" id="invite-once">${t("invite.once")}</p>${this.#isUncopied ? html`<p class="field-error" role="alert">${t("notice.notCopied")}</p>` : nothing}${qr ? code(qr) : nothing}
      <div class="dialog-buttons"><button class="button" @click=${() => { this.#made = null; this.requestUpdate() }}>${t("invite.another")}</button>
        <button class="button primary" @click=${() => this.#copy(url)}>${icon("copy", "sm")}${t("message.copyLink")}</button></div></div>`
  }

  /** @param {string} url */
  async #copy(url) {
    this.#isUncopied = !(await copyText(url))
    this.#done = this.#isUncopied ? "" : t("notice.linkCopied")
    this.requestUpdate()
  }

  #byName() {
    return html`<form @submit=${this.#add}><div class="pair end">
      ${this.#adding.field({ id: "invite-name", name: "name", label: t("invite.byName") })}
      ${this.#adding.button(t("invite.add"), "")}</div>${this.#adding.problem()}</form>`
  }

  /** @param {SubmitEvent} event */
  async #add(event) {
    const form = /** @type {HTMLFormElement} */ (event.target)
    let added = ""
    const isAdded = await this.#adding.send(event, async ({ name }) => {
      added = name.trim().replace(/^@/u, "")
      await chat.socket.command("add_member", { room: this.room?.name, user: added })
    }, (code) => ({ not_found: { field: "name", words: t("invite.nobody") }, conflict: { field: "name", words: t("invite.isMember") } })[code])
    if (!isAdded) return
    form.reset()
    this.#done = t("invite.added", { name: added })
    this.requestUpdate()
  }

  #list() {
    if (this.#unlisted) return html`<p class="field-error" role="alert">${this.#unlisted} <button class="link" @click=${() => this.#load()}>${t("history.retry")}</button></p>`
    if (!this.#open) return html`<ul class="rows" aria-busy="true"></ul>`
    if (this.#open.length === 0) return nothing
    return html`<h3>${t("invite.open")}</h3><ul class="rows">${repeat(this.#open, ({ id }) => id, (each) => html`
      <li><span><b class="num">…${each.hint}</b><small class="num">${t("invite.used", { used: each.used, count: each.uses })} · ${
        t("invitation.until", { time: fullTime(each.expires_at, translator.locale) })}</small></span>
        <button class="button" ?disabled=${this.#revoking.isBusy} aria-label=${t("invite.revokeThat", { hint: each.hint })} @click=${() => this.#revoke(each)}>${t("invite.revoke")}</button></li>`)}</ul>${this.#revoking.problem()}`
  }

  /** @param {Invite} each */
  async #revoke({ id, hint }) {
    const place = [...this.querySelectorAll(".rows button")].indexOf(/** @type {Element} */ (document.activeElement))
    const isDone = await this.#revoking.act(() => revoke(id))
    // Of another link nothing is taken away: it is shown this once.
    if (isDone && this.#made?.invite.id === id) this.#made = null
    this.#done = isDone ? t("invite.revoked", { hint }) : ""
    await this.#load()
    await this.updateComplete
    const rest = this.querySelectorAll(".rows button")
    const next = /** @type {HTMLElement | null} */ (rest[place] ?? rest[rest.length - 1] ?? this.querySelector("form .primary, .made .primary"))
    next?.focus()
  }
}

/** Dark on light in both colours of the page, or no camera reads it. @param {string[]} rows of 0 and 1 */
function code(rows) {
  const size = rows.length + 2 * QUIET
  const path = rows.flatMap((row, y) => [...row].map((module, x) => (module === "1" ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ""))).join("")
  return html`<svg class="qr" role="img" aria-label=${t("invite.qr")} viewBox=${`0 0 ${size} ${size}`}>${svg`<path d=${path}></path>`}</svg>`
}

customElements.define("sc-invite", InviteDialog)
