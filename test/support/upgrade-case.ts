import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Comparison } from '../../src/compare/index.ts'
import { readCaseFolder } from '../../src/outside/local/case-folder.ts'
import { readYaml } from '../../src/text/yaml.ts'

/** What a case folder says must come out. */
export type Expected = {
  readonly risk: string
  readonly crdChanges: readonly string[]
  readonly resources: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, string>>
  readonly findings: readonly string[]
  readonly objects?: {
    readonly added?: readonly string[]
    readonly removed?: readonly string[]
    readonly changed?: Readonly<Record<string, readonly string[]>>
    readonly labelsOnly?: readonly string[]
  }
}

const ROOT = join(import.meta.dirname, '../../manifests-fixtures/upgrades')

/** The names of all case folders. */
export const CASES = readdirSync(ROOT)
  .filter(name => existsSync(join(ROOT, name, 'expected.yaml')))
  .sort()

export function expected(name: string): Expected {
  const read = readYaml(readFileSync(join(ROOT, name, 'expected.yaml'), 'utf8'))
  if (!read.ok) throw new Error(`${name}/expected.yaml: ${read.reason}`)
  return read.value as unknown as Expected
}

/** A case folder as what goes into the comparison; nothing of it may be unreadable. */
export function comparison(name: string): Comparison {
  const { comparison, problems } = readCaseFolder(join(ROOT, name))
  if (problems.length > 0) throw new Error(`${name}: ${JSON.stringify(problems)}`)
  return comparison
}
