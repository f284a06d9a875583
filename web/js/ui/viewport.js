/**
 * On iOS the keyboard lies over the page instead of making it smaller. One variable of the style sheet says how much of the
 * page it covers, so that the field stays in sight; everywhere else it is nothing.
 */

/** @param {{visualViewport: VisualViewport | null, innerHeight: number}} view the window */
export function followKeyboard(view) {
  const { visualViewport } = view
  const note = () => {
    const seen = visualViewport ? visualViewport.height * visualViewport.scale : view.innerHeight
    document.documentElement.style.setProperty("--keyboard", `${Math.max(0, Math.round(view.innerHeight - seen))}px`)
  }
  visualViewport?.addEventListener("resize", note)
}
