/** Copies text, also where the browser offers no clipboard: on plain http. */

/** @param {string} text @returns {Promise<boolean>} whether it is in the clipboard now */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

/** Selects the text in a field that nobody sees, and copies as the key would. @param {string} text */
function copySelected(text) {
  const held = /** @type {HTMLElement | null} */ (document.activeElement)
  const field = document.createElement("textarea")
  field.className = "visually-hidden"
  field.value = text
  // Inside an open dialog nothing outside it can have the focus.
  const place = document.querySelector("dialog[open]") ?? document.body
  place.append(field)
  field.select()
  const isCopied = document.execCommand("copy")
  field.remove()
  held?.focus()
  return isCopied
}
