/** Those who have an account on the server, and their roles there, for administrators. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { accounts, giveRole, inOrder, rolesOnServer } from "../core/people.js"
import { reasonOf } from "./refusals.js"
import { Dialog } from "./sc-dialog.js"
import { avatar, icon } from "./view.js"

const SEARCH_FROM = 10 // people
const SHOWN = 200

/** @typedef {import("../core/people.js").Account} Account */

class PeopleDialog extends Dialog {
  /** @type {Account[] | null} */
  #people = null
  /** What is asked once more before it is done. @type {{account: Account, role: string} | null} */
  #asked = null
  #isBusy = false
  #query = ""
  /** @type {unknown} */
  #problem = ""
  #done = ""

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "session")
    void this.#load()
  }

  async #load() {
    this.#problem = ""
    try {
      this.#people = inOrder(await accounts(chat), translator.locale)
    } catch (error) {
      this.#problem = reasonOf(error)
    }
    this.requestUpdate()
  }

  render() {
    const all = this.#people ?? []
    const query = this.#query.trim().toLowerCase()
    const found = all.filter(({ name }) => name.toLowerCase().includes(query))
    return html`<dialog class="dialog account" aria-labelledby="people-title">
      <div class="dialog-head"><h2 id="people-title">${t("people.title")}</h2>
        <button class="icon-button" aria-label=${t("dialog.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      <p class="help">${t("people.help")}</p>
      ${all.length >= SEARCH_FROM ? html`<input class="field" type="search" aria-label=${t("people.find")} placeholder=${t("people.find")} .value=${this.#query} @input=${this.#typed}>` : nothing}
      <p class="done" role="status">${this.#done ? html`${icon("check", "sm")}<span dir="auto">${this.#done}</span>` : nothing}</p>
      ${this.#problem ? html`<p class="field-error" role="alert">${this.#problem} ${this.#people ? nothing : html`<button class="link" @click=${() => this.#load()}>${t("history.retry")}</button>`}</p>` : nothing}
      ${this.#people && found.length === 0 ? html`<p class="help" role="status">${t("people.none")}</p>` : nothing}
      <ul class="rows" aria-busy=${this.#people === null && !this.#problem}>${repeat(found.slice(0, SHOWN), ({ id }) => id, (account) => this.#row(account))}</ul>
      ${found.length > SHOWN ? html`<p class="help">${t("people.more", { count: found.length - SHOWN })}</p>` : nothing}</dialog>`
  }

  /** @param {Account} account */
  #row(account) {
    if (this.#asked?.account === account) return this.#question(account, this.#asked.role)
    const roles = rolesOnServer(chat.me, account)
    const words = rolesInWords()
    return html`<li>${avatar(account, { size: "s" })}<span><b dir="auto">${account.name}</b>${account.id === chat.me?.id ? html` <span class="tag">${t("people.you")}</span>` : nothing}${
      account.kind === "bot" ? html` <span class="tag quiet">${t("role.bot")}</span>` : nothing}${
      account.disabled_at === undefined ? nothing : html` <span class="tag quiet">${t("people.off")}</span>`}
      ${roles.length > 0 ? nothing : html`<small>${words[/** @type {keyof typeof words} */ (account.role)]}</small>`}</span>
      ${roles.length > 0 ? html`<select class="field" id=${idOf(account)} aria-label=${t("people.roleOf", { name: account.name })} @change=${(/** @type {Event} */ event) => this.#ask(account, event)}>
        ${roles.map((role) => html`<option value=${role} ?selected=${role === account.role}>${words[/** @type {keyof typeof words} */ (role)]}</option>`)}</select>` : nothing}</li>`
  }

  /** @param {Account} account @param {string} role */
  #question(account, role) {
    const words = rolesInWords()
    const isOwn = account.id === chat.me?.id
    const values = { name: account.name, role: words[/** @type {keyof typeof words} */ (role)] }
    const question = isOwn ? t("people.askOwn", values) : t("people.ask", values)
    return html`<li class="question"><span><b id="people-question" dir="auto">${question}</b><small>${whatItMeans(role)}</small></span>
      <button class="button" id="people-cancel" aria-describedby="people-question" ?disabled=${this.#isBusy} @click=${() => this.#settle(account)}>${t("dialog.cancel")}</button>
      <button class="button ${isOwn ? "danger" : "primary"}" ?disabled=${this.#isBusy} @click=${() => this.#give(account, role)}>${t("people.set")}</button></li>`
  }

  /** @param {InputEvent} event */
  #typed(event) {
    this.#query = /** @type {HTMLInputElement} */ (event.target).value
    this.requestUpdate()
  }

  /** @param {Account} account @param {Event} event */
  async #ask(account, event) {
    this.#asked = { account, role: /** @type {HTMLSelectElement} */ (event.target).value }
    this.#done = this.#problem = ""
    await this.#focus("people-cancel")
  }

  /** @param {Account} account */
  async #settle(account) {
    this.#asked = null
    await this.#focus(idOf(account))
  }

  /** @param {Account} account @param {string} role */
  async #give(account, role) {
    this.#isBusy = true
    this.requestUpdate()
    try {
      await giveRole(chat, account, role)
      const words = rolesInWords()
      this.#done = t("people.done", { name: account.name, role: words[/** @type {keyof typeof words} */ (role)] })
      // Whoever is no administrator any more has nothing to see here.
      if (account.id === chat.me?.id && rolesOnServer({ ...chat.me, role }, account).length === 0) return this.close()
      await this.#load()
    } catch (error) {
      this.#problem = reasonOf(error)
    } finally {
      this.#isBusy = false
    }
    await this.#settle(account)
  }

  /** @param {string} id */
  async #focus(id) {
    this.requestUpdate()
    await this.updateComplete
    const next = /** @type {HTMLElement | null} */ (this.querySelector(`#${id}`))
    next?.focus()
  }
}

/** @param {Account} account */
function idOf({ id }) {
  return `people-role-${id}`
}

function rolesInWords() {
  return { member: t("members.makeMember"), moderator: t("members.makeModerator"), admin: t("members.makeAdmin"), owner: t("members.makeOwner") }
}

/** @param {string} role */
function whatItMeans(role) {
  const words = { member: t("people.memberMay"), moderator: t("people.moderatorMay"), admin: t("people.adminMay"), owner: t("people.ownerMay") }
  return words[/** @type {keyof typeof words} */ (role)]
}

customElements.define("sc-people", PeopleDialog)
