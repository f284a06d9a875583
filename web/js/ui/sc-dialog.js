/** What all dialogs share: they keep the focus, close with Esc and beside them, and say so with `done`. */
import { View } from "./view.js"

export class Dialog extends View {
  /** What `openDialog` answers with. @type {unknown} */
  outcome = undefined

  firstUpdated() {
    const dialog = this.dialog
    dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("done", { detail: this.outcome })))
    dialog.addEventListener("click", (event) => event.target === dialog && this.close())
    dialog.showModal()
  }

  get dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"))
  }

  /** @param {unknown} [outcome] */
  close(outcome) {
    this.outcome = outcome
    this.dialog.close()
  }
}
