/**
 * Splits a timeline into blocks of about fifty rows that stay as they are when pages are added above or messages below.
 *
 * A row keeps its block for as long as the order allows, so that its element is never made anew.
 */

export const BLOCK_ROWS = 50
export const DRAWN_BLOCKS = 12

/** @typedef {{id: number, rows: any[]}} Block */

export class Blocks {
  /** @type {Map<string, number>} key of a message's row to block id */
  #blockOf = new Map()
  #lastId = 0

  /**
   * Lines between messages have no block of their own: they go where the message after them goes.
   *
   * @template {{key: string, type: string}} R
   * @param {R[]} rows from top to bottom
   * @returns {{id: number, rows: R[]}[]}
   */
  split(rows) {
    const messages = rows.filter((row) => row.type === "message")
    const blockOf = this.#assign(messages.map((row) => row.key))
    /** @type {{id: number, rows: R[]}[]} */
    const blocks = []
    /** @type {R[]} */
    let between = []
    for (const row of rows) {
      between.push(row)
      const id = blockOf.get(row.key)
      if (id === undefined) continue
      if (blocks[blocks.length - 1]?.id !== id) blocks.push({ id, rows: [] })
      blocks[blocks.length - 1].rows.push(...between)
      between = []
    }
    if (blocks.length === 0 && between.length > 0) blocks.push({ id: 0, rows: [] })
    blocks[blocks.length - 1]?.rows.push(...between)
    return blocks
  }

  /** @param {string[]} keys @returns {Map<string, number>} */
  #assign(keys) {
    const blockOf = new Map()
    const used = new Set()
    /** @type {Map<number, number>} where the order no longer allows a block, the one that stands in for it */
    const replaced = new Map()
    let current = 0
    let size = 0
    keys.forEach((key, index) => {
      const held = this.#blockOf.get(key)
      const known = held === undefined ? undefined : (replaced.get(held) ?? held)
      const isJoining = known === undefined && (size < BLOCK_ROWS || this.#blockOf.get(keys[index + 1]) === current)
      if (known !== current && !(isJoining && current > 0)) {
        const id = known !== undefined && !used.has(known) ? known : ++this.#lastId
        if (held !== undefined && id !== held) replaced.set(held, id)
        used.add((current = id))
        size = 0
      }
      blockOf.set(key, current)
      size += 1
    })
    this.#blockOf = blockOf
    return blockOf
  }
}

/**
 * The stretch of blocks that is drawn: at most twelve, which follow the end while the reader is there and stay with the
 * reader elsewhere. What is let go is always at the end that the reader is farther from.
 */
export class BlockWindow {
  /** @type {number | null} the topmost block drawn; null for as many as fit */
  #firstId = null
  /** @type {number | null} the lowest one drawn; null for the newest */
  #lastId = null
  /** Blocks that are there and not drawn. */
  hiddenAbove = 0
  hiddenBelow = 0

  /**
   * @template {{id: number}} B
   * @param {B[]} blocks
   * @param {{isAtBottom: boolean, keeps: (id: number) => boolean}} reader `keeps`: a block that must not go
   * @returns {B[]}
   */
  shown(blocks, { isAtBottom, keeps }) {
    let end = indexOf(blocks, this.#lastId, blocks.length - 1) + 1
    let start = indexOf(blocks, this.#firstId, Math.max(0, end - DRAWN_BLOCKS))
    if (isAtBottom && this.#lastId === null) {
      while (end - start > DRAWN_BLOCKS && !keeps(blocks[start].id)) start += 1
    } else {
      while (end - start > DRAWN_BLOCKS && !keeps(blocks[end - 1].id)) end -= 1
    }
    this.#draw(blocks, start, end)
    return blocks.slice(start, end)
  }

  /** One block more above; one may go below. @param {{id: number}[]} blocks */
  up(blocks) {
    this.#firstId = blocks[this.hiddenAbove - 1].id
  }

  /** One block more below, and the topmost goes once there are too many. @param {{id: number}[]} blocks @param {(id: number) => boolean} keeps */
  down(blocks, keeps) {
    const end = blocks.length - this.hiddenBelow + 1
    const start = this.hiddenAbove
    const isFull = end - start > DRAWN_BLOCKS && !keeps(blocks[start].id)
    this.#draw(blocks, isFull ? start + 1 : start, end)
  }

  toEnd() {
    this.#firstId = this.#lastId = null
  }

  /** @param {{id: number}[]} blocks @param {number} start @param {number} end */
  #draw(blocks, start, end) {
    this.hiddenAbove = start
    this.hiddenBelow = blocks.length - end
    this.#firstId = blocks[start]?.id ?? null
    this.#lastId = this.hiddenBelow > 0 ? blocks[end - 1].id : null
  }
}

/** @param {{id: number}[]} blocks @param {number | null} id @param {number} otherwise */
function indexOf(blocks, id, otherwise) {
  const index = id === null ? -1 : blocks.findIndex((block) => block.id === id)
  return index < 0 ? otherwise : index
}
