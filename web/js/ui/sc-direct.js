/** Begins to talk with one or a few people alone: whom, chosen by a few letters; the same people always have the same room. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { chat, router, t } from "../context.js"
import { matching } from "../core/completion.js"
import { openDirect } from "../core/membership.js"
import { Attempt } from "./forms.js"
import { Dialog } from "./sc-dialog.js"
import { avatar, icon } from "./view.js"

const LIST_ID = "direct-list"
const MOST = 7 // others

/** @typedef {import("../core/types.js").User} User of `id` 0: somebody whom only the server may know */

class DirectDialog extends Dialog {
  #query = ""
  #chosen = 0
  /** @type {User[]} */
  #people = []
  #attempt = new Attempt(this)

  render() {
    const rows = this.#rows()
    const chosen = Math.min(this.#chosen, rows.length - 1)
    const refusal = this.#attempt.refusal?.words
    return html`<dialog class="dialog jumper" aria-labelledby="direct-title"><form @submit=${this.#open}>
      <h2 id="direct-title">${t("direct.new")}</h2>
      <ul class="chips" aria-label=${t("direct.with")}>${repeat(this.#people, ({ name }) => name, (user) => html`<li>${avatar(user, { size: "s", isPresent: false })}<span dir="auto">${user.name}</span>
        <button type="button" class="icon-button small" aria-label=${t("direct.without", { name: user.name })} @click=${() => this.#drop(user)}>${icon("x", "sm")}</button></li>`)}</ul>
      <input class="field" role="combobox" aria-expanded=${rows.length > 0} aria-controls=${LIST_ID} aria-autocomplete="list" dir="auto" autofocus
        aria-activedescendant=${chosen < 0 ? nothing : optionId(chosen)} aria-label=${t("direct.who")} placeholder=${t("direct.who")} aria-describedby=${refusal ? "direct-error" : "direct-help"}
        autocomplete="off" spellcheck="false" .value=${this.#query} @input=${this.#typed} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#keyed(event, rows, chosen)}>
      ${refusal ? html`<p class="field-error" id="direct-error" role="alert">${refusal}</p>` : html`<p class="help" id="direct-help">${t("direct.help", { count: MOST })}</p>`}
      <ul id=${LIST_ID} role="listbox" aria-label=${t("direct.who")}>${rows.map((user, index) => html`
        <li role="option" id=${optionId(index)} aria-selected=${index === chosen} @click=${() => this.#add(user)}>${avatar(user, { size: "s", isPresent: user.online })}<span class="name" dir="auto">${user.name}</span></li>`)}</ul>
      <div class="dialog-buttons"><button type="button" class="button" @click=${() => this.close()}>${t("dialog.cancel")}</button>
        <button class="button primary" ?disabled=${(this.#people.length === 0 && this.#query.trim() === "") || this.#attempt.isBusy}>${t("direct.open")}</button></div>
    </form></dialog>`
  }

  updated() {
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" })
  }

  #rows() {
    if (this.#people.length >= MOST) return []
    const taken = new Set([chat.me?.id, ...this.#people.map(({ id }) => id)])
    const candidates = acquaintances().filter(({ id }) => !taken.has(id)).map((user) => ({ value: user.name, label: user.name, user, rank: user.online ? 0 : 1 }))
    const name = this.#query.trim().replace(/^@/u, "")
    const found = matching(candidates, name).map(({ user }) => /** @type {User} */ (user))
    if (name === "") return found
    // Who is meant by a name that is written out whole comes first; the server may know others than the page.
    const meant = candidates.find(({ label }) => label.toLowerCase() === name.toLowerCase())?.user
    return meant ? [meant, ...found.filter((user) => user !== meant)] : [...found, { id: 0, name }]
  }

  /** @param {InputEvent} event */
  #typed(event) {
    this.#query = /** @type {HTMLInputElement} */ (event.target).value
    this.#chosen = 0
    this.#attempt.forget()
    this.requestUpdate()
  }

  /** Enter in an empty field sends the form. @param {KeyboardEvent} event @param {User[]} rows @param {number} chosen */
  #keyed(event, rows, chosen) {
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === "Backspace" && this.#query === "" && this.#people.length > 0) this.#people = this.#people.slice(0, -1)
    else if (event.key === "Enter" && this.#query.trim() !== "") {
      if (rows[chosen]) this.#add(rows[chosen])
    } else if (event.key === "ArrowDown" && rows.length > 0) this.#chosen = (chosen + 1) % rows.length
    else if (event.key === "ArrowUp" && rows.length > 0) this.#chosen = (chosen + rows.length - 1) % rows.length
    else return
    event.preventDefault()
    this.requestUpdate()
  }

  /** @param {User} user */
  #add(user) {
    this.#people = [...this.#people, user]
    this.#query = ""
    this.#chosen = 0
    this.requestUpdate()
    this.querySelector("input")?.focus()
  }

  /** @param {User} user */
  #drop(user) {
    this.#people = this.#people.filter((other) => other !== user)
    this.#attempt.forget()
    this.requestUpdate()
    this.querySelector("input")?.focus()
  }

  /** @param {SubmitEvent} event */
  #open(event) {
    const rest = this.#query.trim() === "" ? undefined : this.#rows()[this.#chosen]
    if (rest) {
      // What stands in the field is meant, too.
      event.preventDefault()
      return this.#add(rest)
    }
    void this.#attempt.send(event, async () => {
      const name = await openDirect(chat, this.#people.map(({ id, name }) => id || name))
      this.close()
      router.go(name)
    }, (code) => (code === "not_found" ? { field: "", words: t("invite.nobody") } : undefined))
  }
}

/** Everybody who is known from the rooms that are open here, each once. @returns {User[]} */
function acquaintances() {
  const rooms = [...chat.subscriptions.rooms.values()]
  // Of members it is known who is online.
  const people = [...chat.list.own.flatMap((room) => room.people ?? []), ...rooms.flatMap(({ members }) => [...members.values()])]
  return [...new Map(people.map((user) => [user.id, user])).values()].filter(({ kind }) => kind !== "system")
}

/** @param {number} index */
function optionId(index) {
  return `${LIST_ID}-${index}`
}

customElements.define("sc-direct", DirectDialog)
