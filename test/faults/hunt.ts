import { substitute } from './substitute.ts'

substitute()
const { pglite } = await import('./pglite.ts')
const { takeOverTime, realMilliseconds } = await import('./clock.ts')
takeOverTime()
const { judge } = await import('./judge.ts')
const { TALES, disturbed } = await import('./tales.ts')
const { describe } = await import('./schedule.ts')
const began = realMilliseconds()
let n = 0
async function* all() {
  yield* TALES
  if (process.argv[2]) yield* disturbed()
}
for await (const s of all()) {
  n++
  const { violations } = await judge(s)
  if (violations.length === 0) continue
  console.log(describe(s))
  console.log('  ', JSON.stringify(s))
  for (const v of violations) console.log('   ', v.invariant, v.says.slice(0, 600))
}
console.log(n, (realMilliseconds() - began) / n, 'ms each', process.cpuUsage().user / 1000 / n)
await pglite.close()
process.exit(0)
