import { parseArgs } from 'node:util'

/** What is asked of one run. */
export type Options = {
  /** Random schedules. */
  readonly trials: number
  readonly seed: number
  /** Worlds in which every kill point is tried; `tales`: what people do, with one thing that goes wrong at every place. */
  readonly worlds: readonly string[]
  /** Processes that share the work. */
  readonly jobs: number
  readonly mutants: boolean
  /** Only the mutants of these names, with commas between them; null for all. */
  readonly only: string | null
  /** One schedule as JSON, as a failure prints it; null for none. */
  readonly replay: string | null
  /** Milliseconds after which nothing new is begun. */
  readonly within: number
}

/** One share of a run, in a process of its own. */
export type Share = Options & {
  readonly part: number
  readonly parts: number
  readonly mutant: string | null
  /** Trials that a hunt has behind it. */
  readonly from: number
}

/** Reads the command line; throws with what can be written. */
export function readOptions(args: readonly string[], seed: number): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      trials: { type: 'string', default: '2000' },
      seed: { type: 'string', default: String(seed) },
      worlds: { type: 'string', default: 'one,two,five,tales' },
      jobs: { type: 'string', default: '2' },
      mutants: { type: 'boolean', default: false },
      only: { type: 'string' },
      replay: { type: 'string' },
      within: { type: 'string', default: '86400' },
    },
  })
  const count = (name: 'trials' | 'seed' | 'jobs' | 'within') => {
    const value = Number(values[name])
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} ${values[name]}: write a whole number`)
    return value
  }
  const worlds = values.worlds.split(',').filter(name => name !== '')
  const { mutants, only = null, replay = null } = values
  const numbers = {
    trials: count('trials'),
    seed: count('seed'),
    jobs: Math.max(1, count('jobs')),
    within: count('within') * 1000,
  }
  return { ...numbers, worlds, mutants, only, replay }
}
