/** Draws what a message says, from the tree of its text. */
import { html, nothing } from "../../vendor/lit.js"
import { addressOf, chat } from "../context.js"
import { mentionPieces } from "../core/typed.js"
import { treeOf, wordsOf } from "../text/markdown.js"

/** @type {WeakMap<object, import("../core/types.js").Node[]>} */
const trees = new WeakMap()

/** @param {object} owner of the text @param {string} text */
export function treeFor(owner, text) {
  const known = trees.get(owner) ?? treeOf(text)
  trees.set(owner, known)
  return known
}

/** @param {object} owner @param {string} text */
export function wordsFor(owner, text) {
  return wordsOf(treeFor(owner, text))
}

/** @param {import("../core/types.js").Node[]} nodes @param {import("../core/types.js").Surroundings} around */
export function bodyTemplate(nodes, around) {
  const last = nodes[nodes.length - 1]
  const endsInWords = last?.type === "paragraph" || last?.type === "plain"
  const words = { ...around, tail: nothing }
  return html`${nodes.map((node) => block(node, node === last && endsInWords ? around : words))}${endsInWords ? nothing : around.tail}`
}

/** @param {import("../core/types.js").Node[]} nodes @param {import("../core/types.js").Surroundings} around */
export function actionTemplate(nodes, around) {
  const [first] = nodes
  if (nodes.length > 1 || (first.type !== "paragraph" && first.type !== "plain")) return bodyTemplate(nodes, around)
  return html`${inline(first.children ?? [], around)}${around.tail}`
}

/** @param {import("../core/types.js").Node} node @param {import("../core/types.js").Surroundings} around @returns {unknown} */
function block(node, around) {
  const { type, children = [], text = "" } = node
  switch (type) {
    case "paragraph":
    case "plain": return html`<p>${inline(children, around)}${around.tail}</p>`
    case "quote": return html`<blockquote dir="auto">${children.map((child) => block(child, around))}</blockquote>`
    case "list": return list(node, around)
    case "fence": return fence(text, node.language ?? "")
    default: return inline([node], around)
  }
}

/** @param {string} code @param {string} language */
function fence(code, language) {
  import("./sc-code.js").catch(() => {})
  return html`<sc-code data-code=${code} data-language=${language}></sc-code>`
}

/** @param {import("../core/types.js").Node} node @param {import("../core/types.js").Surroundings} around */
function list({ start, children = [] }, around) {
  const items = children.map(({ children: inner = [] }) => html`<li dir="auto">${inner.map((child) => block(child, around))}</li>`)
  return start === null || start === undefined ? html`<ul>${items}</ul>` : html`<ol start=${start}>${items}</ol>`
}

/** @param {import("../core/types.js").Node[]} nodes @param {import("../core/types.js").Surroundings} around @returns {unknown[]} */
function inline(nodes, around) {
  return nodes.map((node) => {
    const { type, text = "", children = [] } = node
    switch (type) {
      case "text": return mentions(text, around)
      case "code": return html`<code>${text}</code>`
      case "strong": return html`<strong>${inline(children, around)}</strong>`
      case "em": return html`<em>${inline(children, around)}</em>`
      case "strike": return html`<s>${inline(children, around)}</s>`
      case "link": return link(node)
      default: return block(node, around)
    }
  })
}

/** @param {string} text @param {import("../core/types.js").Surroundings} around */
function mentions(text, { names, me }) {
  return mentionPieces(text, names).map((piece) =>
    piece.name === undefined ? rooms(piece.text) : html`<span class="mention ${piece.name === me ? "you" : ""}">${piece.text}</span>`)
}

/** @param {string} text */
function rooms(text) {
  if (!text.includes("#")) return text
  const known = [...chat.list.own, ...chat.list.open].filter(({ kind }) => kind !== "direct").map(({ name }) => name)
  return mentionPieces(text, known, "#").map((piece) =>
    piece.name === undefined ? piece.text : html`<a class="room-link" href=${addressOf(piece.name)}>${piece.text}</a>`)
}

/** @param {import("../core/types.js").Node} node */
function link({ href = "", children = [] }) {
  const words = wordsOf(children)
  if (new URL(href).origin === location.origin) return html`<a href=${href} title=${href}>${words}</a>`
  return html`<a href=${href} title=${href} target="_blank" rel="noopener noreferrer nofollow">${words}</a>`
}
