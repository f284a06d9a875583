/** What a device says of itself, in the words that its person would use. */

/** The first that fits. @type {[string, RegExp][]} */
const BROWSERS = [
  ["Edge", /\bEdgi?A?(?:OS)?\//u],
  ["Opera", /\bOPR\//u],
  ["Samsung Internet", /\bSamsungBrowser\//u],
  ["Firefox", /\b(?:Firefox|FxiOS)\//u],
  ["Chrome", /(?:Chrome|CriOS)\//u],
  ["Safari", /\bSafari\//u],
]
/** @type {[string, RegExp][]} */
const SYSTEMS = [
  ["Android", /\bAndroid\b/u],
  ["iPhone", /\biPhone\b/u],
  ["iPad", /\biPad\b/u],
  ["Windows", /\bWindows\b/u],
  ["macOS", /\bMac OS X\b/u],
  ["ChromeOS", /\bCrOS\b/u],
  ["Linux", /\bLinux\b/u],
]
const PROGRAM = /^[^\s/]+/u

/**
 * @param {string} agent as the browser has sent it
 * @returns {{program: string, system: string}} either may be empty
 */
export function deviceOf(agent) {
  const [program, system] = [BROWSERS, SYSTEMS].map((known) => known.find(([, pattern]) => pattern.test(agent))?.[0] ?? "")
  const isUnknown = program === "" && !agent.startsWith("Mozilla/")
  return { program: isUnknown ? (PROGRAM.exec(agent)?.[0] ?? "") : program, system }
}
