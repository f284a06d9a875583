// Only the token stream is used; what would make strings of HTML is never called.
export { default as MarkdownIt } from "markdown-it"
export { default as cjkFriendly } from "markdown-it-cjk-friendly"
