import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import pMap from 'p-map'
import { add, type Counts, NOTHING } from './counts.ts'
import { MUTANTS } from './mutants.ts'
import { mutated } from './mutate.ts'
import { type Options, readOptions, type Share } from './options.ts'
import type { Hunt } from './part.ts'

/** Runs one share in a process of its own and reads what it came to; what it says goes to stderr, or nowhere. */
function inProcess<T>(share: Share, says: 'inherit' | 'ignore' = 'inherit'): Promise<T> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('share.ts', import.meta.url)), JSON.stringify(share)], {
    stdio: ['ignore', 'pipe', says],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(JSON.parse(text) as T)
      else if (code === null) throw new Error('a process of the trials was stopped from outside')
      else reject(new Error(`a process of the trials ended with ${code}`))
    })
  })
}

async function runFaults(options: Options): Promise<Record<string, unknown> & { readonly ok: boolean }> {
  const jobs = options.replay === null ? options.jobs : 1
  const shares = Array.from(
    { length: jobs },
    (_, part): Share => ({ ...options, part, parts: jobs, mutant: null, from: 0 }),
  )
  const counts = (await Promise.all(shares.map(share => inProcess<Counts>(share)))).reduce(add, NOTHING)
  return { ...counts, ok: counts.violations.length === 0 }
}

/** Whether the product as it is violates nothing in a schedule. */
async function isClean(options: Options, replay: string): Promise<boolean> {
  const share: Share = { ...options, replay, part: 0, parts: 1, mutant: null, from: 0 }
  return (await inProcess<Counts>(share, 'ignore')).violations.length === 0
}

/**
 * Hunts until the mutant is noticed where the product as it is passes: what the product does wrong by itself catches nobody. A mutant that
 * ends the process is noticed as well.
 */
async function hunt(options: Options, mutant: string, from = 0): Promise<Hunt> {
  const share: Share = { ...options, part: 0, parts: 1, mutant, from }
  const found = await inProcess<Hunt>(share).catch(
    (error: Error): Hunt => ({ mutant, caught: true, trials: from, schedule: null, replay: null, says: error.message }),
  )
  if (found.replay !== null && !(await isClean(options, found.replay))) return hunt(options, mutant, found.trials)
  console.error(`${found.caught ? 'caught' : 'NOT CAUGHT'} ${mutant} after ${found.trials} trials: ${found.says ?? ''}`)
  return found
}

async function runMutants(options: Options): Promise<Record<string, unknown> & { readonly ok: boolean }> {
  const asked = MUTANTS.filter(({ name }) => options.only === null || options.only.split(',').includes(name))
  for (const mutant of asked) mutated(mutant)
  const hunts = await pMap(asked, ({ name }) => hunt(options, name), { concurrency: options.jobs })
  const count = (kind: 'guard' | 'bug') => {
    const names = asked.filter(mutant => mutant.kind === kind).map(({ name }) => name)
    return { of: names.length, caught: hunts.filter(({ mutant, caught }) => caught && names.includes(mutant)).length }
  }
  const survivors = hunts.filter(({ caught }) => !caught).map(({ mutant }) => mutant)
  return { guards: count('guard'), bugs: count('bug'), survivors, hunts, ok: survivors.length === 0 }
}

const options = readOptions(process.argv.slice(2), Date.now() % 1_000_000_000)
console.error(`seed ${options.seed}`)
const began = performance.now()
const { ok, ...came } = options.mutants ? await runMutants(options) : await runFaults(options)
console.log(
  JSON.stringify({ ...came, seed: options.seed, seconds: Math.round((performance.now() - began) / 100) / 10 }),
)
process.exitCode = ok ? 0 : 1
