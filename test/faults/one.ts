import { substitute } from './substitute.ts'

/** Runs one schedule, given as JSON (the `replay` of a violation), and prints every crossing, what changed at GitHub, and what was violated. */

substitute()
const { pglite } = await import('./pglite.ts')
const { takeOverTime } = await import('./clock.ts')
takeOverTime()
const { judge } = await import('./judge.ts')
const s = JSON.parse(process.argv[2] ?? '{}')
const { violations, course } = await judge({
  seed: 1,
  world: 'one',
  replicas: 1,
  faults: [],
  interrupts: [],
  acts: [],
  mail: [],
  forgeries: [],
  ...s,
})
for (const l of course.border.trace) console.log(l)
for (const e of course.github.log) console.log(new Date(e.t).toISOString(), e.actor, e.operation, e.target, e.cause)
for (const r of course.replicas) console.log(r.name, r.passes.join(), `\n${r.lines.join('\n')}`)
for (const i of course.github.state.issues.values()) if (process.argv[3]) console.log(i.body)
for (const v of violations) console.log('   ', v.invariant, v.says)
await pglite.close()
process.exit(0)
