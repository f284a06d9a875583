/** Puts words into the text field from elsewhere on the page. */

/** Where the caret stands; the field has the focus then. @param {string} words */
export function writeInField(words) {
  const field = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("composer-field"))
  if (!field || field.disabled) return
  field.focus()
  const isBehindWord = /\S$/u.test(field.value.slice(0, field.selectionStart))
  field.setRangeText(isBehindWord ? ` ${words}` : words, field.selectionStart, field.selectionEnd, "end")
  field.dispatchEvent(new Event("input", { bubbles: true }))
}
