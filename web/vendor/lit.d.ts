// What the page uses of Lit, in one file: trusted type policy names are unique, so a second copy would not load.
export { LitElement, html, svg, nothing, noChange, render } from "lit"
export { repeat } from "lit/directives/repeat.js"
export { classMap } from "lit/directives/class-map.js"
export { live } from "lit/directives/live.js"
export { keyed } from "lit/directives/keyed.js"
export { guard } from "lit/directives/guard.js"
export { ref, createRef } from "lit/directives/ref.js"
