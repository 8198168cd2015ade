import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MUTANTS, type Mutant } from './mutants.ts'

const ROOT = new URL('../../', import.meta.url)

/** The text of the file with the mutant in it; throws when it does not fit there exactly once. */
export function mutated(
  { name, file, find, replace }: Mutant,
  text = readFileSync(new URL(file, ROOT), 'utf8'),
): string {
  const parts = text.split(find)
  if (parts.length !== 2)
    throw new Error(`mutant ${name}: what it looks for stands ${parts.length - 1} times in ${file}`)
  return parts.join(replace)
}

/** The mutant of a name; throws when there is none. */
export function mutantOf(name: string): Mutant {
  const found = MUTANTS.find(mutant => mutant.name === name)
  if (!found) throw new Error(`there is no mutant ${name}`)
  return found
}

/** From here on, the file of the mutant is loaded with the mutant in it. */
export function plant(mutant: Mutant): void {
  const source = mutated(mutant)
  const file = fileURLToPath(new URL(mutant.file, ROOT))
  registerHooks({
    load(url, context, next) {
      const isIt = url.startsWith('file:') && fileURLToPath(url) === file
      return isIt ? { format: 'module-typescript', source, shortCircuit: true } : next(url, context)
    },
  })
}
