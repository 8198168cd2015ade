import type { Share } from './options.ts'
import { substitute } from './substitute.ts'

/** One share of the trials, as JSON on stdout. The product is loaded only after its border was replaced and time was taken over. */
const share = JSON.parse(process.argv[2] ?? '{}') as Share
substitute()
const { pglite } = await import('./pglite.ts')
const { takeOverTime } = await import('./clock.ts')
takeOverTime()
const { runPart } = await import('./part.ts')
const counts = await runPart(share, line => console.error(line))
process.stdout.write(`${JSON.stringify(counts)}\n`)
await pglite.close()
process.exit(0)
