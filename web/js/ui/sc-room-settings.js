/** What holds in a room: how loud it is for oneself; what one may change, and the rest, which is read here. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { dateOf } from "../core/i18n.js"
import { setRoom } from "../core/membership.js"
import { spanWords } from "../core/order.js"
import { Attempt } from "./forms.js"
import { levels } from "./menus.js"
import { Dialog } from "./sc-dialog.js"
import { icon } from "./view.js"

const TEXT_CHARACTERS = 250
const PAUSES = [0, 5, 10, 30, 60, 300] // seconds

/** @typedef {import("../core/types.js").RoomInfo} RoomInfo */

class RoomSettingsDialog extends Dialog {
  /** @type {import("../core/room.js").Room | null} */
  room = null
  #attempt = new Attempt(this)
  #archiving = new Attempt(this)
  #isDone = false

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "rooms")
  }

  render() {
    if (!this.room) return nothing
    const { name, info, you, label } = this.room
    const isDirect = info.kind === "direct"
    const may = { say: !isDirect && you?.may_moderate === true, set: !isDirect && you?.may_set === true }
    return html`<dialog class="dialog account" aria-labelledby="settings-title">
      <div class="dialog-head"><h2 id="settings-title" dir="auto">${label}</h2>
        <button class="icon-button" aria-label=${t("dialog.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      <fieldset><legend>${t("level.title")}</legend><div class="choices">
        ${levels(name).map((item) => html`<label class="choice"><input type="radio" name="level" .checked=${item.isChecked === true}
          @change=${item.act}><span>${item.label}</span></label>`)}</div></fieldset>
      ${may.say ? this.#form(info, may.set) : nothing}
      <dl class="facts">${facts(info, may).map(([words, value]) => html`<div><dt>${words}</dt><dd dir="auto">${value}</dd></div>`)}</dl>
      ${may.set ? this.#archive(info) : nothing}</dialog>`
  }

  /** @param {RoomInfo} info @param {boolean} maySet */
  #form({ title = "", topic = "", posting = "all", history = "all", slow_mode_s: slow = 0 }, maySet) {
    const pauses = [...new Set([...PAUSES, slow])].sort((a, b) => a - b)
    const who = { all: t("settings.everybody"), members: t("settings.members"), moderators: t("settings.moderators") }
    const since = { all: t("settings.allHistory"), "since-join": t("settings.sinceJoin") }
    return html`<form @submit=${this.#save} @input=${() => this.#changed()}>
      ${maySet ? line("title", t("settings.name"), title) : nothing}${line("topic", t("settings.topic"), topic)}
      ${maySet ? html`${choices("posting", t("settings.posting"), who, posting)}${choices("history", t("settings.history"), since, history)}` : nothing}
      <div><label for="settings-slow">${t("settings.slowMode")}</label><select class="field" id="settings-slow" name="slow_mode_s">${pauses.map((pause) => html`
        <option value=${pause} ?selected=${pause === slow}>${pause === 0 ? t("settings.off") : t("settings.slowModeOn", { time: spanWords(pause, translator.locale) })}</option>`)}</select></div>
      ${this.#attempt.problem()}
      <div class="dialog-buttons"><p class="done" role="status">${this.#isDone ? html`${icon("check", "sm")}${t("settings.saved")}` : nothing}</p>
        ${this.#attempt.button(t("composer.save"), "primary")}</div></form>`
  }

  #changed() {
    if (this.#isDone) this.requestUpdate()
    this.#isDone = false
  }

  /** Only what has changed is sent. @param {SubmitEvent} event */
  async #save(event) {
    const { room } = this
    if (!room) return
    this.#isDone = await this.#attempt.send(event, async ({ slow_mode_s: slow, ...typed }) => {
      const present = /** @type {Record<string, unknown>} */ ({ title: "", topic: "", posting: "all", history: "all", slow_mode_s: 0, ...filled(room.info) })
      const wanted = Object.entries({ ...typed, slow_mode_s: Number(slow) }).map(([field, value]) => /** @type {[string, unknown]} */ ([field, field === "slow_mode_s" ? value : String(value).trim()]))
      const fields = Object.fromEntries(wanted.filter(([field, value]) => present[field] !== value))
      if (Object.keys(fields).length > 0) await setRoom(chat, room.name, fields)
    })
    this.requestUpdate()
  }

  /** @param {RoomInfo} info */
  #archive({ archived_at: archivedAt }) {
    return html`<div class="setting"><span><b>${archivedAt ? t("settings.restore") : t("settings.archive")}</b>
      <span class="help">${archivedAt ? t("settings.restoreHelp") : t("settings.archiveHelp")}</span></span>
      <button class="button ${archivedAt ? "" : "danger"}" ?disabled=${this.#archiving.isBusy} @click=${() => this.#archiving.act(() => setRoom(chat, this.room?.name ?? "", { archived: !archivedAt }))}>${
        archivedAt ? t("composer.restore") : t("settings.archiveAction")}</button></div>${this.#archiving.problem()}`
  }
}

/** Without what is not said. @param {object} info */
function filled(info) {
  return Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined && value !== null))
}

/** @param {string} name @param {string} words @param {string} value */
function line(name, words, value) {
  return html`<div><label for=${`set-${name}`}>${words}</label><input class="field" id=${`set-${name}`} name=${name} maxlength=${TEXT_CHARACTERS} dir="auto" autocomplete="off" .defaultValue=${value}></div>`
}

/** @param {string} name @param {string} title @param {Record<string, string>} words @param {string} present */
function choices(name, title, words, present) {
  return html`<fieldset><legend>${title}</legend><div class="choices">${Object.entries(words).map(([value, label]) => html`
    <label class="choice"><input type="radio" name=${name} value=${value} ?checked=${value === present}><span>${label}</span></label>`)}</div></fieldset>`
}

/** @param {RoomInfo} info @param {{say: boolean, set: boolean}} may what is changed above is not read here @returns {[string, string][]} */
function facts({ title, topic, kind, slow_mode_s: slow, archived_at: archivedAt, name, posting, history, retain_s: retained }, may) {
  const { locale } = translator
  const kinds = { open: t("settings.open"), closed: t("settings.closed"), direct: t("settings.direct") }
  const who = { members: t("settings.members"), moderators: t("settings.moderators") }
  /** @type {[string, string | undefined | false][]} */
  const all = [
    [t("settings.name"), !may.set && kind !== "direct" && title !== name && title],
    [t("settings.topic"), !may.say && topic],
    [t("settings.privacy"), kinds[/** @type {keyof typeof kinds} */ (kind ?? "open")]],
    [t("settings.posting"), !may.set && who[/** @type {keyof typeof who} */ (posting)]],
    [t("settings.history"), !may.set && history === "since-join" && t("settings.sinceJoin")],
    [t("settings.slowMode"), !may.say && (slow ? t("settings.slowModeOn", { time: spanWords(slow, locale) }) : t("settings.off"))],
    [t("settings.kept"), retained ? spanWords(retained, locale) : undefined],
    [t("settings.archived"), archivedAt ? dateOf(archivedAt, locale, Date.now()) : undefined],
  ]
  return /** @type {[string, string][]} */ (all.filter(([, value]) => value))
}

customElements.define("sc-room-settings", RoomSettingsDialog)
