/** The list of keys. */
import { html } from "../../vendor/lit.js"
import { t } from "../context.js"
import { MOD } from "./sc-composer.js"
import { Dialog } from "./sc-dialog.js"
import { icon } from "./view.js"

class ShortcutsDialog extends Dialog {
  render() {
    return html`<dialog class="dialog shortcuts" aria-labelledby="shortcuts-title">
      <div class="dialog-head"><h2 id="shortcuts-title">${t("keys.title")}</h2>
        <button class="icon-button" aria-label=${t("dialog.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      <dl>${rows().map(([keys, words]) => html`<div><dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${words}</dd></div>`)}</dl></dialog>`
  }
}

/** @returns {[string[], string][]} */
function rows() {
  return [
    [["Enter"], t("keys.send")],
    [["Shift", "Enter"], t("keys.newLine")],
    [["↑"], t("keys.editLast")],
    [["Esc"], t("keys.escape")],
    [[MOD, "B"], t("keys.bold")],
    [[MOD, "I"], t("keys.italic")],
    [[MOD, "E"], t("keys.code")],
    [["PageUp", "PageDown"], t("keys.scroll")],
    [[MOD, "K"], t("keys.jump")],
    [["Alt", "↑", "↓"], t("keys.room")],
    [["Alt", "Shift", "↑", "↓"], t("keys.unreadRoom")],
    [["F6"], t("keys.region")],
    [["Shift", "Esc"], t("keys.readAll")],
    [["↑", "↓", "Home", "End"], t("keys.moveInLog")],
    [["E", "R", "+", "C", "Delete"], t("keys.onMessage")],
    [[MOD, "/"], t("keys.list")],
  ]
}

customElements.define("sc-shortcuts", ShortcutsDialog)
