import { substitute } from './substitute.ts'

substitute()
const { pglite } = await import('./pglite.ts')
const { takeOverTime, realMilliseconds } = await import('./clock.ts')
takeOverTime()
const { runTrial } = await import('./trial.ts')
const N = Number(process.argv[2] ?? 1)
for (let i = 0; i < N; i++) {
  const t = realMilliseconds()
  const course = await runTrial({ seed: i, world: (process.argv[3] ?? 'one') as never, replicas: Number(process.argv[4] ?? 1) as 1, faults: [], interrupts: [], acts: [], mail: [], forgeries: [] })
  console.error('ms', realMilliseconds() - t, course.rested, course.border.counts)
  if (i === 0) {
    for (const line of course.border.trace) console.error(line)
    for (const e of course.github.log) console.error(e.t, e.actor, e.operation, e.target)
    for (const r of course.replicas) { console.error(r.name, r.passes, r.lines.join('\n')) }
    console.error(course.sent.map(s => s.event + ' ' + s.answers))
  }
}
const { unknownRequests } = await import('./rest.ts')
console.error([...unknownRequests])
await pglite.close()
process.exit(0)
