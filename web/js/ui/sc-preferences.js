/** What this browser shall do: language, colours, the Enter key, typing, notifications, sound. */
import { html, nothing } from "../../vendor/lit.js"
import { preferences, t } from "../context.js"
import { LOCALES } from "../core/i18n.js"
import { askPermission, chime, permission } from "./notify.js"
import { Dialog } from "./sc-dialog.js"
import { icon } from "./view.js"

/** Each language is called by its own name. */
const LANGUAGE_NAMES = new Map([["en", "English"], ["zh-CN", "中文"]])
const THEMES = ["light", "dark"]
const ENTERS = ["send", "break"]

class PreferencesDialog extends Dialog {
  connectedCallback() {
    super.connectedCallback()
    this.follow(preferences, "change")
  }

  render() {
    const { locale, theme, enter, typing, sound } = preferences.values
    const themeWords = { light: t("preferences.light"), dark: t("preferences.dark") }
    const enterWords = { send: t("preferences.enterSends"), break: t("preferences.enterBreaks") }
    return html`<dialog class="dialog" aria-labelledby="preferences-title">
      <div class="dialog-head"><h2 id="preferences-title">${t("preferences.title")}</h2>
        <button class="icon-button" aria-label=${t("preferences.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      <fieldset><legend>${t("preferences.language")}</legend><div class="choices">
        ${choice("locale", null, locale, t("preferences.system"))}
        ${LOCALES.map((each) => choice("locale", each, locale, LANGUAGE_NAMES.get(each) ?? each))}</div></fieldset>
      <fieldset><legend>${t("preferences.theme")}</legend><div class="choices">
        ${choice("theme", null, theme, t("preferences.system"))}
        ${THEMES.map((each) => choice("theme", each, theme, themeWords[/** @type {"light" | "dark"} */ (each)]))}</div></fieldset>
      <fieldset><legend>${t("preferences.enter")}</legend><div class="choices">
        ${choice("enter", null, enter, t("preferences.system"))}
        ${ENTERS.map((each) => choice("enter", each, enter, enterWords[/** @type {"send" | "break"} */ (each)]))}</div></fieldset>
      ${toggle(t("preferences.typing"), t("preferences.typingHelp"), typing, () => preferences.set({ typing: !typing }))}
      ${toggle(t("preferences.sound"), t("preferences.soundHelp"), sound, () => {
        preferences.set({ sound: !sound })
        if (!sound) chime()
      })}
      ${this.#notifications()}
    </dialog>`
  }

  /** The browser is asked from the click alone. */
  #notifications() {
    const { notifications } = preferences.values
    const state = permission()
    const help = { insecure: t("notify.insecure"), unsupported: t("notify.unsupported"), denied: t("notify.denied"), granted: t("notify.help"), default: t("notify.help") }[state]
    const isPossible = state === "granted" || state === "default"
    const isOn = isPossible && notifications && state === "granted"
    return html`<div class="setting"><div><b>${t("notify.title")}</b><p class="help">${help}</p></div>
      ${isPossible ? html`<button class="button" @click=${() => this.#turn(!isOn)}>${isOn ? t("notify.turnOff") : t("notify.turnOn")}</button>` : nothing}</div>`
  }

  /** @param {boolean} isOn */
  async #turn(isOn) {
    preferences.set({ notifications: isOn && (await askPermission()) })
    this.requestUpdate()
  }
}

/** @param {"locale" | "theme" | "enter"} name @param {string | null} value @param {string | null} present @param {string} words */
function choice(name, value, present, words) {
  return html`<label class="choice"><input type="radio" name=${name} .checked=${value === present}
    @change=${() => preferences.set({ [name]: value })}><span>${words}</span></label>`
}

/** @param {string} words @param {string} help @param {boolean} isOn @param {() => void} turn */
function toggle(words, help, isOn, turn) {
  return html`<label class="setting"><span><b>${words}</b><span class="help">${help}</span></span>
    <input class="switch" type="checkbox" role="switch" .checked=${isOn} @change=${turn}></label>`
}

customElements.define("sc-preferences", PreferencesDialog)
