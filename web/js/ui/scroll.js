/** Keeps the text being read where it is: at the end when at the end, else by the message nearest the top. */

export const BOTTOM_PX = 64

export class ScrollKeeper {
  isAtBottom = true

  isEndDrawn = true
  #scroller
  /** @type {{element: Element, offset: number, scrollTop: number} | null} */
  #anchor = null
  /** As far down as one could scroll when the end was last seen. */
  #end = Infinity

  /** @param {HTMLElement} scroller */
  constructor(scroller) {
    this.#scroller = scroller
  }

  /** Notes where the reader is now, after what has moved otherwise than by scrolling is back in its place. */
  measure() {
    this.#putBack(this.#scrolled)
    const end = this.isAtBottom ? Math.min(this.#end, this.#lowest) : this.#lowest
    this.isAtBottom = this.isEndDrawn && end - this.#scroller.scrollTop <= BOTTOM_PX
    this.#end = end
    this.#anchor = this.isAtBottom ? null : this.#topmost()
  }

  restore() {
    if (!this.isAtBottom) return this.#putBack(0)
    this.#scroller.scrollTop = this.#scroller.scrollHeight
    this.#end = this.#lowest
  }

  /** Something in view will grow by the reader's own wish: what stands above it stays. */
  hold() {
    this.#putBack(this.#scrolled)
    this.isAtBottom = false
    this.#anchor = this.#topmost()
  }

  toBottom() {
    this.isAtBottom = true
    this.#anchor = null
    this.restore()
  }

  /** @param {Element} element @param {number} share of the viewport above it */
  placeAt(element, share) {
    this.#scroller.scrollTop += this.#offsetOf(element) - this.#scroller.clientHeight * share
    this.measure()
  }

  /** Brings the anchor to where it was last seen, but for what the reader has scrolled. @param {number} scrolled */
  #putBack(scrolled) {
    const anchor = this.#anchor
    if (!anchor?.element.isConnected) return
    const moved = this.#placeOf(anchor.element).offset - anchor.offset + scrolled
    if (moved !== 0) this.#scroller.scrollTop += moved
    Object.assign(anchor, this.#placeOf(anchor.element))
  }

  /** How far the reader has scrolled since the anchor was last seen: not what the browser has where too little was left below. */
  get #scrolled() {
    const { scrollTop } = this.#scroller
    const before = this.#anchor?.scrollTop ?? scrollTop
    return scrollTop < before && scrollTop >= this.#lowest - 1 ? 0 : scrollTop - before
  }

  get viewportsAbove() {
    return this.#scroller.scrollTop / this.#scroller.clientHeight
  }

  get viewportsBelow() {
    return (this.#lowest - this.#scroller.scrollTop) / this.#scroller.clientHeight
  }

  get #lowest() {
    return this.#scroller.scrollHeight - this.#scroller.clientHeight
  }

  /** @returns {number} its seq, 0 where there is none */
  get lowestSeq() {
    const edge = this.#scroller.clientHeight + 1
    const blocks = this.#blocks
    for (let index = firstOf(blocks, (block) => this.#offsetOf(block) >= edge) - 1; index >= 0; index -= 1) {
      const messages = /** @type {HTMLElement[]} */ ([...blocks[index].querySelectorAll("[data-seq]")])
      const below = firstOf(messages, (message) => this.#offsetOf(message) + message.clientHeight > edge)
      if (below > 0) return Number(messages[below - 1].dataset.seq)
    }
    return 0
  }

  #topmost() {
    const isInView = (/** @type {Element} */ element) => this.#offsetOf(element) + element.clientHeight > 0
    const blocks = this.#blocks
    for (let index = firstOf(blocks, isInView); index < blocks.length; index += 1) {
      const rows = [...blocks[index].querySelectorAll("[data-row]")]
      const element = rows[firstOf(rows, isInView)]
      if (element) return { element, ...this.#placeOf(element) }
    }
    return null
  }

  /** What is asked of a row lays out its whole block, also out of view: the block is looked for first. */
  get #blocks() {
    return [...this.#scroller.querySelectorAll(".block")]
  }

  /** Of the text: who said it stands above it, until older messages show that they have just spoken. @param {Element} element */
  #placeOf(element) {
    return { offset: this.#offsetOf(element.querySelector(".body") ?? element), scrollTop: this.#scroller.scrollTop }
  }

  /** @param {Element} element */
  #offsetOf(element) {
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top
  }
}

/** @param {Element[]} elements from top to bottom @param {(element: any) => boolean} isBeyond holds from some element on */
function firstOf(elements, isBeyond) {
  let low = 0
  let high = elements.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBeyond(elements[middle])) high = middle
    else low = middle + 1
  }
  return low
}
