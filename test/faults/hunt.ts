import { substitute } from './substitute.ts'

substitute()
const { pglite } = await import('./pglite.ts')
const { takeOverTime, realMilliseconds } = await import('./clock.ts')
takeOverTime()
const { judge } = await import('./judge.ts')
const { draw } = await import('./draw.ts')
const { minimise } = await import('./minimise.ts')
const { describe } = await import('./schedule.ts')
const from = Number(process.argv[2]),
  count = Number(process.argv[3])
const began = realMilliseconds()
for (let i = 0; i < count; i++) {
  const s = draw(from + i)
  const { violations } = await judge(s)
  if (violations.length === 0) continue
  const kinds = (vs: typeof violations) => new Set(vs.map(v => v.invariant))
  const want = violations[0]?.invariant ?? ''
  const small = await minimise(s, async less => kinds((await judge(less)).violations).has(want))
  const { violations: vs } = await judge(small)
  console.log(describe(small))
  for (const v of vs) console.log('   ', v.invariant, v.says.slice(0, 600))
}
console.log(count, (realMilliseconds() - began) / count, 'ms each')
await pglite.close()
process.exit(0)
