/** A heading of a markdown text and the lines below it, up to the next heading. `level` is 1 to 6. */
export type Section = { readonly heading: string; readonly level: number; readonly lines: readonly string[] }

/** The sections of a markdown text in their order; headings inside code blocks are none. */
export function sections(text: string): readonly Section[] {
  const found: { heading: string; level: number; lines: string[] }[] = []
  let fence: string | null = null
  for (const line of text.split('\n')) {
    const ticks = /^ {0,3}(```|~~~)/.exec(line)?.[1] ?? null
    if (ticks !== null) fence = fence === null ? ticks : fence === ticks ? null : fence
    const open = found.at(-1)
    const underline = fence === null && open ? /^(={3,}|-{3,})[ \t]*$/.exec(line)?.[1] : undefined
    const title = underline ? open?.lines.at(-1) : undefined
    const marked = fence === null ? /^ {0,3}(#{1,6})[ \t]+(.*)$/.exec(line) : null
    if (marked) found.push({ heading: marked[2]?.trim() ?? '', level: marked[1]?.length ?? 1, lines: [] })
    else if (underline && title && /^[^\s>|*+-]/.test(title)) {
      open?.lines.pop()
      found.push({ heading: title.trim(), level: underline.startsWith('=') ? 1 : 2, lines: [] })
    } else if (open) open.lines.push(line)
    else found.push({ heading: '', level: 6, lines: [line] })
  }
  return found
}

const VERSION = /(?<![\d.])v?(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*)?)(?!\.?\w)/g

/** The versions that a heading names, without `v`. `1.1.1` is not in `1.1.10`. */
export function versionsIn(heading: string): readonly string[] {
  return [...heading.slice(0, 500).matchAll(VERSION)].map(([, version = '']) => version)
}

/** The section at `index` with everything below it: up to a heading of its own level or above, or one that `ends` says is another. */
export function whole(all: readonly Section[], index: number, ends: (section: Section) => boolean): string {
  const first = all[index]
  if (!first) return ''
  let end = index + 1
  for (let next = all[end]; next && next.level > first.level && !ends(next); next = all[end]) end++
  return all
    .slice(index, end)
    .map(({ heading, level, lines }) => [`${'#'.repeat(level)} ${heading}`, ...lines].join('\n'))
    .join('\n')
}
