import { mutantOf, plant } from './mutate.ts'
import type { Share } from './options.ts'
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
const { huntFor, runPart } = await import('./part.ts')
const came =
  share.mutant === null ? await runPart(share, line => console.error(line)) : await huntFor(share.mutant, share.seed)
process.stdout.write(`${JSON.stringify(came)}\n`)
await pglite.close()
process.exit(0)
