/** What the page can be looked at and written in without: it comes once the chat is there. */
import "./core/news.js"
import { attract } from "./ui/attention.js"
import "./ui/composing.js"
import { followLinks } from "./ui/following.js"
import { listenForKeys } from "./ui/keyboard.js"
import "./ui/sc-banner.js"
import { keepShell } from "./ui/worker.js"

attract()
followLinks()
listenForKeys()
keepShell()

// The keyboard of a touch screen may lie over the page.
if (matchMedia("(pointer: coarse)").matches) import("./ui/viewport.js").then(({ followKeyboard }) => followKeyboard(window), () => {})
