import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { add, type Counts, NOTHING } from './counts.ts'
import { type Options, readOptions, type Share } from './options.ts'

/** Runs one share in a process of its own; what it says goes to stderr. */
function inProcess(share: Share): Promise<Counts> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('share.ts', import.meta.url)), JSON.stringify(share)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(JSON.parse(text) as Counts)
      else reject(new Error(`a share of the trials ended with ${code}`))
    })
  })
}

async function runFaults(options: Options): Promise<number> {
  const began = performance.now()
  const shares = Array.from(
    { length: options.jobs },
    (_, part): Share => ({ ...options, part, parts: options.jobs, mutant: null }),
  )
  const counts = (await Promise.all(shares.map(inProcess))).reduce(add, NOTHING)
  const seconds = Math.round((performance.now() - began) / 100) / 10
  console.log(JSON.stringify({ ...counts, seed: options.seed, seconds }))
  return counts.violations.length === 0 ? 0 : 1
}

const options = readOptions(process.argv.slice(2), Date.now() % 1_000_000_000)
console.error(`seed ${options.seed}`)
process.exitCode = await runFaults(options)
