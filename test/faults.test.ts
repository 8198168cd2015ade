import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MUTANTS } from './faults/mutants.ts'
import { mutated } from './faults/mutate.ts'

/** Seconds after which no new trial is begun; random schedules are for `npm run faults`, which takes as long as it is told to. */
const SLICE = 75

test(
  'killed at every crossing of a day in the life of one upgrade, with another seed each time',
  () => {
    const seed = String(process.env.FAULTS_SEED ?? randomInt(1_000_000_000))
    console.info(`faults: seed ${seed}`)
    const main = fileURLToPath(new URL('faults/main.ts', import.meta.url))
    const args = [main, '--worlds', 'one', '--trials', '0', '--within', String(SLICE), '--seed', seed, '--jobs', '1']
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
    const came = JSON.parse(stdout || '{}')
    expect(came.violations, `${stderr}\nagain: npm run faults -- --worlds one --seed ${seed}`).toEqual([])
    expect(status).toBe(0)
    expect(came.trials).toBeGreaterThan(20)
    console.info(`faults: ${JSON.stringify({ ...came, violations: came.violations.length })}`)
  },
  (SLICE + 165) * 1000,
)

test.each(MUTANTS)('the guard or bug $name has its place in $file', mutant => {
  expect(mutated(mutant)).toContain(mutant.replace)
})
