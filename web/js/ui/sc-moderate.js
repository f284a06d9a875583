/** Asks once before somebody is muted, removed or banned, or what they said is deleted: where, for how long, and why. Cancel has the focus. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { spanWords } from "../core/order.js"
import { Attempt } from "./forms.js"
import { told } from "./refusals.js"
import { Dialog } from "./sc-dialog.js"

const REASON_CHARACTERS = 500
const MINUTE_S = 60
const DAY_S = 24 * 60 * MINUTE_S
/** In seconds; 0 for good. */
const SPANS = { mute: [10 * MINUTE_S, 60 * MINUTE_S, DAY_S, 0], ban: [60 * MINUTE_S, DAY_S, 7 * DAY_S, 0] }

/** @typedef {{reason: string, seconds?: number, erase?: true, addresses?: true, everywhere?: true}} Wish */

class ModerateDialog extends Dialog {
  /** @type {import("./moderation.js").Deed} */
  verb = "kick"
  name = ""
  /** Of the message that is to be deleted. */
  excerpt = ""
  reason = ""
  /** What somebody has asked for; without it, the first that is offered. @type {number | undefined} */
  seconds = undefined
  /** Whether it may hold for the whole server. */
  onServer = false
  /** Does it. What is typed stays where it is refused. @type {{(wish: Wish): Promise<unknown>}} */
  act = async () => undefined
  #isEverywhere = false
  #attempt = new Attempt(this)

  render() {
    const [heading, action] = this.#words()
    const { verb } = this
    return html`<dialog class="dialog" aria-labelledby="moderate-title"><form @submit=${this.#submit}>
      <h2 id="moderate-title" dir="auto">${heading}</h2>
      ${this.excerpt ? html`<p class="excerpt" dir="auto">${this.excerpt}</p>` : nothing}
      ${this.onServer && verb !== "delete" ? this.#places() : nothing}
      ${verb === "mute" || verb === "ban" ? this.#spans(SPANS[verb]) : nothing}
      <label for="moderate-reason">${t("moderate.reason")}</label>
      <input class="field" id="moderate-reason" name="reason" maxlength=${REASON_CHARACTERS} dir="auto" autocomplete="off" .defaultValue=${this.reason}
        aria-describedby=${verb === "kick" || verb === "erase" ? "moderate-help" : nothing}>
      ${verb === "kick" ? html`<p class="help" id="moderate-help">${t("moderate.kickHelp")}</p>` : nothing}
      ${verb === "erase" ? html`<p class="help" id="moderate-help">${t("moderate.eraseHelp")}</p>` : nothing}
      ${verb === "ban" ? html`${toggle("erase", t("moderate.eraseToo"), t("moderate.eraseHelp"))}
        ${this.#isEverywhere ? toggle("addresses", t("moderate.addresses"), t("moderate.addressesHelp")) : nothing}` : nothing}
      ${this.#attempt.problem()}
      <div class="dialog-buttons">
        <button class="button" type="button" autofocus @click=${() => this.close()}>${t("dialog.cancel")}</button>
        ${this.#attempt.button(action, "danger")}</div></form></dialog>`
  }

  /** @returns {[string, string]} */
  #words() {
    const { name } = this
    switch (this.verb) {
      case "mute": return [t("moderate.muteTitle", { name }), t("moderate.muteAction")]
      case "ban": return [t("moderate.banTitle", { name }), t("moderate.banAction")]
      case "erase": return [t("moderate.eraseTitle", { name }), t("message.delete")]
      case "delete": return [t("moderate.deleteTitle", { name }), t("message.delete")]
      default: return [t("moderate.kickTitle", { name }), t("moderate.kickAction")]
    }
  }

  #places() {
    const choice = (/** @type {boolean} */ isEverywhere, /** @type {string} */ words) => html`<label class="choice"><input type="radio" name="place"
      .checked=${isEverywhere === this.#isEverywhere} @change=${() => { this.#isEverywhere = isEverywhere; this.requestUpdate() }}><span>${words}</span></label>`
    return html`<fieldset><legend>${t("moderate.place")}</legend><div class="choices">${choice(false, t("moderate.here"))}${choice(true, t("moderate.everywhere"))}</div></fieldset>`
  }

  /** @param {number[]} offered */
  #spans(offered) {
    const { seconds } = this
    const all = seconds === undefined || offered.includes(seconds) ? offered : [seconds, ...offered.slice(1)]
    return html`<fieldset><legend>${t("moderate.duration")}</legend><div class="choices">${all.map((span, index) => html`
      <label class="choice"><input type="radio" name="seconds" value=${span} ?checked=${seconds === undefined ? index === 0 : span === seconds}><span>${
        span === 0 ? t("moderate.always") : spanWords(span, translator.locale)}</span></label>`)}</div></fieldset>`
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const isDone = await this.#attempt.send(event, ({ reason, seconds = "0", erase, addresses }) => this.act({
      reason: reason.trim(),
      ...(Number(seconds) > 0 ? { seconds: Number(seconds) } : {}),
      ...(erase ? { erase: true } : {}),
      ...(addresses ? { addresses: true } : {}),
      ...(this.#isEverywhere ? { everywhere: true } : {}),
    }), (code, error) => (code ? { field: "", words: told(error.message) } : undefined))
    if (isDone) this.close(true)
    else if (!this.isConnected) chat.emit("notice", { words: this.#attempt.refusal?.words })
  }
}

/** @param {string} name @param {string} words @param {string} help */
function toggle(name, words, help) {
  return html`<label class="setting"><span><b>${words}</b><span class="help">${help}</span></span>
    <input class="switch" type="checkbox" role="switch" name=${name}></label>`
}

customElements.define("sc-moderate", ModerateDialog)
