/** Decides what a key in the text field means. */

const COMPOSING_KEY_CODE = 229

/** @typedef {{isCoarse: boolean, enter?: "send" | "break" | null}} Habit the primary pointer, and what the person wants of Enter */

/**
 * Whether an input method is at work. Safari ends the composition before the keydown of the Enter that ended it, and tells
 * so only by the key code, which is why `isComposing` alone does not do.
 */
export class Composition {
  #isActive = false

  start() {
    this.#isActive = true
  }

  end() {
    this.#isActive = false
  }

  get isActive() {
    return this.#isActive
  }

  /** @param {{isComposing?: boolean, keyCode?: number}} event */
  covers(event) {
    return Boolean(event.isComposing) || event.keyCode === COMPOSING_KEY_CODE || this.#isActive
  }
}

/** Whether the bare Enter does. @param {Habit} habit */
export function enterSends({ isCoarse, enter = null }) {
  return enter === null ? !isCoarse : enter === "send"
}
