/** Puts text where it can be pasted from. */

/** Plain http has no clipboard, so there a selection is copied as by hand. @param {string} text @returns {Promise<boolean>} whether it worked */
export async function copyText(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false)
  }
  const field = document.createElement("textarea")
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)
  field.value = text
  field.className = "visually-hidden"
  document.body.append(field)
  field.select()
  const isDone = document.execCommand("copy")
  field.remove()
  focused?.focus()
  return isDone
}
