import { substitute } from './substitute.ts'

substitute()
const { pglite } = await import('./pglite.ts')
const { takeOverTime, realMilliseconds } = await import('./clock.ts')
takeOverTime()
const { judge } = await import('./judge.ts')
const { calm, everyKill } = await import('./exhaustive.ts')
const { describe } = await import('./schedule.ts')
const began = realMilliseconds()
let n = 0
for (const s of await everyKill(calm((process.argv[2] ?? 'one') as never, 1))) {
  n++
  const { violations, course } = await judge(s)
  if (violations.length) {
    console.log(describe(s))
    for (const v of violations) console.log('   ', v.invariant, v.says)
  }
  if (process.argv[3] === String(n)) { for (const l of course.border.trace) console.log(l); for (const r of course.replicas) console.log(r.lines.join('\n')); console.log(course.sent.map(s => s.event + ' ' + s.answers)) }
}
console.log(n, (realMilliseconds() - began) / n, 'ms each')
await pglite.close()
process.exit(0)
