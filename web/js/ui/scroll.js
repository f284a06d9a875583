/** Keeps the text being read where it is: at the end when at the end, else by the message nearest the top. */

export const BOTTOM_PX = 64

export class ScrollKeeper {
  isAtBottom = true

  isEndDrawn = true
  #scroller
  /** @type {{element: Element, offset: number} | null} */
  #anchor = null

  /** @param {HTMLElement} scroller */
  constructor(scroller) {
    this.#scroller = scroller
  }

  measure() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller
    this.isAtBottom = this.isEndDrawn && scrollHeight - scrollTop - clientHeight <= BOTTOM_PX
    this.#anchor = this.isAtBottom ? null : this.#topmost()
  }

  restore() {
    const scroller = this.#scroller
    if (this.isAtBottom) {
      scroller.scrollTop = scroller.scrollHeight
    } else if (this.#anchor?.element.isConnected) {
      const moved = this.#offsetOf(this.#anchor.element) - this.#anchor.offset
      if (moved !== 0) scroller.scrollTop += moved
    }
  }

  /** Something in view will grow by the reader's own wish: what stands above it stays. */
  hold() {
    this.isAtBottom = false
    this.#anchor = this.#topmost()
  }

  toBottom() {
    this.isAtBottom = true
    this.restore()
  }

  /** @param {Element} element @param {number} share of the viewport above it */
  placeAt(element, share) {
    this.#scroller.scrollTop += this.#offsetOf(element) - this.#scroller.clientHeight * share
    this.measure()
  }

  get viewportsAbove() {
    return this.#scroller.scrollTop / this.#scroller.clientHeight
  }

  get viewportsBelow() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller
    return (scrollHeight - scrollTop - clientHeight) / clientHeight
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
      if (element) return { element, offset: this.#offsetOf(element) }
    }
    return null
  }

  /** What is asked of a row lays out its whole block, also out of view: the block is looked for first. */
  get #blocks() {
    return [...this.#scroller.querySelectorAll(".block")]
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
