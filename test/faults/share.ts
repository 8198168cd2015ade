import { mutantOf, plant } from './mutate.ts'
import type { Share } from './options.ts'
import type { Schedule } from './schedule.ts'
import { substitute } from './substitute.ts'

/** One share of the trials, or the hunt for one mutant, as JSON on stdout. The product is loaded only after its border was replaced and time was taken over. */
const share = JSON.parse(process.argv[2] ?? '{}') as Share
substitute()
if (share.mutant !== null) plant(mutantOf(share.mutant))
const { pglite } = await import('./pglite.ts')
const { takeOverTime } = await import('./clock.ts')
takeOverTime()
const { runTrial } = await import('./trial.ts')
const { story } = await import('./exhaustive.ts')
// The first trial of a process also makes the tables.
await runTrial(story('one', 0))
const { huntFor, replay, runPart } = await import('./part.ts')
const say = (line: string) => console.error(line)
const come = () => {
  if (share.replay !== null) return replay(JSON.parse(share.replay) as Schedule, say)
  return share.mutant === null ? runPart(share, say) : huntFor(share.mutant, share)
}
const came = await come()
process.stdout.write(`${JSON.stringify(came)}\n`)
await pglite.close()
process.exit(0)
