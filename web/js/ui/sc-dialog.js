/** What all dialogs share: they keep the focus, close with Esc and by a click beside them, and say so with `done`. */
import { View } from "./view.js"

export class Dialog extends View {
  /** What `openDialog` answers with. @type {unknown} */
  outcome = undefined

  firstUpdated() {
    const dialog = this.dialog
    dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("done", { detail: this.outcome })))
    let isBeside = false
    dialog.addEventListener("pointerdown", (event) => (isBeside = isOutside(dialog, event)))
    // Not after a selection that began in a field and ended beside it: what is typed would be gone.
    dialog.addEventListener("click", (event) => isBeside && isOutside(dialog, event) && this.close())
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

/** Its own edge and what lies between its parts are no way out. @param {HTMLElement} dialog @param {MouseEvent} event */
function isOutside(dialog, { target, clientX: x, clientY: y }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect()
  return target === dialog && (x < left || x > right || y < top || y > bottom)
}
