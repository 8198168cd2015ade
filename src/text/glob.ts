const MAX_CHOICES = 256

/** Writes out `{a,b}`, innermost first. Beyond 256 choices the rest stands as written: a glob is no program. */
function choices(glob: string): readonly string[] {
  const open = [glob]
  const done: string[] = []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const found = /\{([^{}]*)\}/.exec(next)
    if (!found || open.length + done.length >= MAX_CHOICES) done.push(next)
    else
      for (const choice of (found[1] ?? '').split(','))
        open.push(next.slice(0, found.index) + choice + next.slice(found.index + found[0].length))
  }
  return done
}

/** One question for each pair of positions, remembered: the time is at most path times glob, whatever the glob. */
function matchesFrom(path: string, tokens: readonly string[], i: number, j: number, no: Set<number>): boolean {
  const token = tokens[j]
  const key = i * (tokens.length + 1) + j
  if (no.has(key)) return false
  const go = (a: number, b: number): boolean => matchesFrom(path, tokens, a, b, no)
  const here = path[i]
  const slash = token === '**/' ? path.indexOf('/', i) : -1
  const found =
    token === undefined
      ? here === undefined || here === '/'
      : token === '**/'
        ? go(i, j + 1) || (slash >= 0 && go(slash + 1, j))
        : token === '**' || token === '*'
          ? go(i, j + 1) || (here !== undefined && (token === '**' || here !== '/') && go(i + 1, j))
          : here !== undefined && (token === '?' ? here !== '/' : token === here) && go(i + 1, j + 1)
  if (!found) no.add(key)
  return found
}

/**
 * Whether a path (with `/`, relative to the repository) matches a glob: `*` and `?` stay within a segment, `**` crosses
 * segments, `{a,b}` is a choice. A glob that names a folder matches everything below it.
 */
export function matchesGlob(path: string, glob: string): boolean {
  const plain = glob.replace(/^\.?\//, '').replace(/\/+$/, '')
  return choices(plain).some(choice => matchesFrom(path, choice.match(/\*\*\/|\*\*|./gsu) ?? [], 0, 0, new Set()))
}
