/** Who is kept out of a room or silent in it, and on the server for those who keep order there: each can be undone here. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { fullTime } from "../core/i18n.js"
import { lift, listed } from "../core/order.js"
import { liftedWords } from "./moderation.js"
import { reasonOf } from "./refusals.js"
import { Dialog } from "./sc-dialog.js"
import { avatar, icon } from "./view.js"

/** @typedef {import("../core/order.js").Ruling} Ruling */

class BansDialog extends Dialog {
  /** @type {Ruling[] | null} */
  #rulings = null
  /** @type {unknown} */
  #problem = ""
  #done = ""
  #isBusy = false

  connectedCallback() {
    super.connectedCallback()
    void this.#load()
  }

  async #load() {
    this.#problem = ""
    try {
      this.#rulings = await listed(chat)
    } catch (error) {
      this.#problem = reasonOf(error)
    }
    this.requestUpdate()
  }

  render() {
    const all = this.#rulings ?? []
    return html`<dialog class="dialog account" aria-labelledby="bans-title">
      <div class="dialog-head"><h2 id="bans-title">${t("bans.title")}</h2>
        <button class="icon-button" aria-label=${t("dialog.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      <p class="done" role="status">${this.#done ? html`${icon("check", "sm")}<span dir="auto">${this.#done}</span>` : nothing}</p>
      ${this.#rulings || this.#problem ? nothing : html`<ul class="rows" aria-busy="true"></ul>`}
      ${this.#problem ? html`<p class="field-error" role="alert">${this.#problem} <button class="link" @click=${() => this.#load()}>${t("history.retry")}</button></p>` : nothing}
      ${this.#rulings && all.length === 0 ? html`<p class="help" role="status">${t("bans.none")}</p>` : nothing}
      ${this.#section(t("bans.inRoom", { room: chat.room?.name ?? "" }), all.filter(({ room }) => room !== undefined))}
      ${this.#section(t("bans.onServer"), all.filter(({ room }) => room === undefined))}</dialog>`
  }

  /** @param {string} title @param {Ruling[]} rulings */
  #section(title, rulings) {
    if (rulings.length === 0) return nothing
    return html`<h3 dir="auto">${title}</h3><ul class="rows">${repeat(rulings, ({ id }) => id, (ruling) => html`
      <li>${avatar(ruling.user, { size: "s" })}<span><b dir="auto">${ruling.user.name}</b> <span class="tag quiet">${kindOf(ruling)}</span>
        <small dir="auto">${wordsOf(ruling)}</small></span>
        <button class="button" ?disabled=${this.#isBusy} aria-label=${`${t("moderate.undo")} · ${ruling.kind === "mute" ? t("moderate.unmute", { name: ruling.user.name }) : t("moderate.unban", { name: ruling.user.name })}`}
          @click=${() => this.#lift(ruling)}>${t("moderate.undo")}</button></li>`)}</ul>`
  }

  /** @param {Ruling} ruling */
  async #lift(ruling) {
    if (this.#isBusy) return
    const place = [...this.querySelectorAll(".rows button")].indexOf(/** @type {Element} */ (document.activeElement))
    this.#isBusy = true
    this.#done = ""
    this.requestUpdate()
    const problem = await lift(chat, ruling).then(() => "", reasonOf)
    if (!problem) this.#done = liftedWords(ruling.kind, ruling.user.name)
    // What was lifted by another or has ended is gone from the list, too.
    await this.#load()
    this.#isBusy = false
    this.#problem ||= problem
    this.requestUpdate()
    await this.updateComplete
    const rest = this.querySelectorAll(".rows button")
    const next = /** @type {HTMLElement | null} */ (rest[place] ?? rest[rest.length - 1] ?? this.querySelector(".icon-button"))
    next?.focus()
  }
}

/** @param {Ruling} ruling */
function kindOf({ kind }) {
  return { mute: t("bans.muted"), kick: t("bans.removed"), ban: t("bans.banned") }[kind]
}

/** @param {Ruling} ruling */
function wordsOf({ until, by, reason, addresses }) {
  const time = until === undefined ? t("moderate.always") : t("bans.until", { time: fullTime(until, translator.locale) })
  return [time, by && t("bans.by", { name: by }), addresses && t("bans.addresses"), reason].filter(Boolean).join(" · ")
}

customElements.define("sc-bans", BansDialog)
