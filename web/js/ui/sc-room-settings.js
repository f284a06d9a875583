/** What holds in a room: how loud it is for oneself, which one may choose, and the rest, which is read here. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { dateOf } from "../core/i18n.js"
import { levels } from "./menus.js"
import { Dialog } from "./sc-dialog.js"
import { icon } from "./view.js"

class RoomSettingsDialog extends Dialog {
  /** @type {import("../core/store.js").Room | null} */
  room = null

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "rooms")
  }

  render() {
    if (!this.room) return nothing
    const { info, name } = this.room
    return html`<dialog class="dialog" aria-labelledby="settings-title">
      <div class="dialog-head"><h2 id="settings-title" dir="auto">#${name}</h2>
        <button class="icon-button" aria-label=${t("dialog.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      <fieldset><legend>${t("level.title")}</legend><div class="choices">
        ${levels(name).map((item) => html`<label class="choice"><input type="radio" name="level" .checked=${item.isChecked === true}
          @change=${item.act}><span>${item.label}</span></label>`)}</div></fieldset>
      <dl class="facts">${facts(info).map(([words, value]) => html`<div><dt>${words}</dt><dd dir="auto">${value}</dd></div>`)}</dl></dialog>`
  }
}

/** @param {import("../core/types.js").RoomInfo & {posting?: string, history?: string}} info @returns {[string, string][]} */
function facts({ title, topic, kind, slow_mode_s: slow, archived_at: archivedAt, name }) {
  const kinds = { open: t("settings.open"), closed: t("settings.closed"), direct: t("settings.direct") }
  /** @type {[string, string | undefined][]} */
  const all = [
    [t("settings.name"), title === name ? undefined : title],
    [t("settings.topic"), topic],
    [t("settings.privacy"), kinds[/** @type {keyof typeof kinds} */ (kind ?? "open")]],
    [t("settings.slowMode"), slow ? t("settings.slowModeOn", { seconds: slow }) : t("settings.off")],
    [t("settings.archived"), archivedAt ? dateOf(archivedAt, translator.locale, Date.now()) : undefined],
  ]
  return /** @type {[string, string][]} */ (all.filter(([, value]) => value))
}

customElements.define("sc-room-settings", RoomSettingsDialog)
