/** Decides what a key in the text field means. */

const COMPOSING_KEY_CODE = 229

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

  /** @param {{isComposing?: boolean, keyCode?: number}} event */
  covers(event) {
    return Boolean(event.isComposing) || event.keyCode === COMPOSING_KEY_CODE || this.#isActive
  }
}

/**
 * @param {{key: string, shiftKey?: boolean, ctrlKey?: boolean, metaKey?: boolean, altKey?: boolean}} event
 * @param {{isCoarse: boolean}} pointer the primary one
 */
export function isSendKey(event, { isCoarse }) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false
  return event.ctrlKey || event.metaKey || !isCoarse
}

/** Whether the caret stands in a code fence that is still open. @param {string} text @param {number} caret */
export function isInsideFence(text, caret) {
  const fences = text.slice(0, caret).match(/^ {0,3}```/gm) ?? []
  return fences.length % 2 === 1
}
