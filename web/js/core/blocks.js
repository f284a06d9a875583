/**
 * Splits a timeline into blocks of about fifty rows that stay as they are when pages are added above or messages below.
 *
 * A row keeps its block for as long as the order allows, so that its element is never made anew.
 */

export const BLOCK_ROWS = 50

/** @typedef {{id: number, rows: any[]}} Block */

export class Blocks {
  /** @type {Map<string, number>} row key to block id */
  #blockOf = new Map()
  #lastId = 0

  /**
   * @template {{key: string}} R
   * @param {R[]} rows from top to bottom
   * @returns {{id: number, rows: R[]}[]}
   */
  split(rows) {
    /** @type {{id: number, rows: R[]}[]} */
    const blocks = []
    const used = new Set()
    const blockOf = new Map()
    rows.forEach((row, index) => {
      const current = blocks[blocks.length - 1]
      const known = this.#blockOf.get(row.key) ?? this.#joins(rows, index, current)
      let block = current
      if (!current || known !== current.id) {
        const id = known !== undefined && !used.has(known) ? known : ++this.#lastId
        block = { id, rows: [] }
        used.add(id)
        blocks.push(block)
      }
      block.rows.push(row)
      blockOf.set(row.key, block.id)
    })
    this.#blockOf = blockOf
    return blocks
  }

  /**
   * @param {{key: string}[]} rows
   * @param {number} index of a row that is new
   * @param {{id: number, rows: any[]} | undefined} current
   */
  #joins(rows, index, current) {
    if (!current) return undefined
    const next = index + 1 < rows.length ? this.#blockOf.get(rows[index + 1].key) : undefined
    if (next === current.id || current.rows.length < BLOCK_ROWS) return current.id
    return undefined
  }
}
