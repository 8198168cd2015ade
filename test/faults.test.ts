import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MUTANTS } from './faults/mutants.ts'
import { mutated } from './faults/mutate.ts'

/** Seconds after which no new trial is begun. `npm run faults` takes as long as it is told to. */
const SLICE = 120

test(
  'a day in the life of one upgrade that goes wrong in every way, with another seed each time',
  () => {
    const seed = String(process.env.FAULTS_SEED ?? randomInt(1_000_000_000))
    console.info(`faults: seed ${seed}`)
    const main = fileURLToPath(new URL('faults/main.ts', import.meta.url))
    const asked = ['--worlds', 'one,tales', '--trials', '1000', '--seed', seed]
    const args = [main, ...asked, '--within', String(SLICE), '--jobs', '1']
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
    const came = JSON.parse(stdout || '{}')
    expect(came.violations, `${stderr}\nagain: npm run faults -- ${asked.join(' ')}`).toEqual([])
    expect(status).toBe(0)
    expect(came.trials).toBeGreaterThan(20)
    console.info(`faults: ${JSON.stringify({ ...came, violations: came.violations.length })}`)
  },
  (SLICE + 120) * 1000,
)

test.each(MUTANTS)('the guard or bug $name has its place in $file', mutant => {
  expect(mutated(mutant)).toContain(mutant.replace)
})
