/** Asks once before something that cannot be taken back; Cancel has the focus. */
import { html, nothing } from "../../vendor/lit.js"
import { t } from "../context.js"
import { Dialog } from "./sc-dialog.js"

class AskDialog extends Dialog {
  heading = ""
  words = ""
  action = ""

  render() {
    return html`<dialog class="dialog" aria-labelledby="ask-title">
      <h2 id="ask-title" dir="auto">${this.heading}</h2>
      ${this.words ? html`<p class="excerpt">${this.words}</p>` : nothing}
      <div class="dialog-buttons">
        <button class="button" autofocus @click=${() => this.close(false)}>${t("dialog.cancel")}</button>
        <button class="button danger" @click=${() => this.close(true)}>${this.action}</button></div></dialog>`
  }
}

customElements.define("sc-ask", AskDialog)
