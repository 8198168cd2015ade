/**
 * Lines from the first on, as far as they fit into `room` UTF-16 units, their line ends included; what is left out is
 * counted in one more line. GitHub refuses a body that is too long as a whole, so each section keeps to its room.
 */
export function within(lines: readonly string[], room: number, left: (n: number) => string): readonly string[] {
  let used = 0
  const end = lines.findIndex(line => {
    used += line.length + 1
    return used > room
  })
  return end < 0 ? lines : [...lines.slice(0, end), left(lines.length - end)]
}

/** The last row of a table with three columns. */
export function moreRows(n: number): string {
  return `| … and ${n} more in \`windlass plan --json\` | | |`
}

/** The last line of a list. */
export function moreLines(n: number): string {
  return `… and ${n} more in \`windlass plan --json\``
}
