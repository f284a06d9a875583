/** Asks once before somebody is muted, removed or banned: why, and for how long. Cancel has the focus. */
import { html, nothing } from "../../vendor/lit.js"
import { t } from "../context.js"
import { Dialog } from "./sc-dialog.js"

const REASON_CHARACTERS = 500
const HOUR_S = 3_600
const SPANS = [HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S, 0] // seconds; 0 for good

class ModerateDialog extends Dialog {
  /** @type {"mute" | "kick" | "ban"} */
  verb = "kick"
  name = ""

  render() {
    const { name } = this
    const words = {
      mute: [t("moderate.muteTitle", { name }), t("moderate.muteAction")],
      kick: [t("moderate.kickTitle", { name }), t("moderate.kickAction")],
      ban: [t("moderate.banTitle", { name }), t("moderate.banAction")],
    }
    const [heading, action] = words[this.verb]
    return html`<dialog class="dialog" aria-labelledby="moderate-title"><form @submit=${this.#submit}>
      <h2 id="moderate-title" dir="auto">${heading}</h2>
      <label for="moderate-reason">${t("moderate.reason")}</label>
      <input class="field" id="moderate-reason" name="reason" maxlength=${REASON_CHARACTERS} dir="auto" autocomplete="off">
      ${this.verb === "kick" ? html`<p class="help">${t("moderate.kickHelp")}</p>` : spans()}
      <div class="dialog-buttons">
        <button class="button" type="button" autofocus @click=${() => this.close()}>${t("dialog.cancel")}</button>
        <button class="button danger">${action}</button></div></form></dialog>`
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault()
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target))
    const seconds = Number(form.get("seconds") ?? 0)
    this.close({ reason: String(form.get("reason")).trim(), ...(seconds > 0 ? { seconds } : {}) })
  }
}

function spans() {
  const words = [t("moderate.hour"), t("moderate.day"), t("moderate.week"), t("moderate.always")]
  return html`<fieldset><legend>${t("moderate.duration")}</legend><div class="choices">${SPANS.map((seconds, index) => html`
    <label class="choice"><input type="radio" name="seconds" value=${seconds} ?checked=${index === 0}><span>${words[index]}</span></label>`)}</div></fieldset>`
}

customElements.define("sc-moderate", ModerateDialog)
