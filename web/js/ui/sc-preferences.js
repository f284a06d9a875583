/** Language, colours, signing out. */
import { html } from "../../vendor/lit.js"
import { chat, preferences, t } from "../context.js"
import { LOCALES } from "../core/i18n.js"
import { View, icon } from "./view.js"

/** Each language is called by its own name. */
const LANGUAGE_NAMES = new Map([["en", "English"], ["zh-CN", "中文"]])
const THEMES = ["light", "dark"]

class PreferencesDialog extends View {
  connectedCallback() {
    super.connectedCallback()
    this.follow(preferences, "change")
  }

  render() {
    const { locale, theme } = preferences.values
    const themeWords = { light: t("preferences.light"), dark: t("preferences.dark") }
    return html`<dialog class="dialog" aria-labelledby="preferences-title" @close=${() => this.dispatchEvent(new Event("done"))}
        @click=${this.#outside}>
      <div class="dialog-head"><h2 id="preferences-title">${t("preferences.title")}</h2>
        <button class="icon-button" aria-label=${t("preferences.close")} @click=${this.#close}>${icon("x")}</button></div>
      <fieldset><legend>${t("preferences.language")}</legend><div class="choices">
        ${choice("locale", null, locale, t("preferences.system"))}
        ${LOCALES.map((each) => choice("locale", each, locale, LANGUAGE_NAMES.get(each) ?? each))}</div></fieldset>
      <fieldset><legend>${t("preferences.theme")}</legend><div class="choices">
        ${choice("theme", null, theme, t("preferences.system"))}
        ${THEMES.map((each) => choice("theme", each, theme, themeWords[/** @type {"light" | "dark"} */ (each)]))}</div></fieldset>
      <div class="dialog-buttons"><button class="button" @click=${this.#signOut}>${icon("door", "sm")}${t("preferences.signOut")}</button></div>
    </dialog>`
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal()
  }

  #close() {
    this.querySelector("dialog")?.close()
  }

  /** @param {MouseEvent} event */
  #outside(event) {
    if (event.target === this.querySelector("dialog")) this.#close()
  }

  async #signOut() {
    this.#close()
    await chat.signOut()
  }
}

/** @param {"locale" | "theme"} name @param {string | null} value @param {string | null} present @param {string} words */
function choice(name, value, present, words) {
  return html`<label class="choice"><input type="radio" name=${name} .checked=${value === present}
    @change=${() => preferences.set({ [name]: value })}><span>${words}</span></label>`
}

customElements.define("sc-preferences", PreferencesDialog)
