import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { BadPolicy } from '../bad-policy.ts'
import { DEFAULT_POLICY, MISNAMED, POLICY_FILES } from '../config/defaults.ts'
import type { Policy } from '../config.ts'
import type { Problem, Tree } from '../model.ts'
import { readLocalTree } from '../outside/local/local-tree.ts'
import { problemLine } from '../text/problem-line.ts'
import { UsageError } from './exit.ts'
import { say } from './say.ts'

/** The folder that a command works on; throws UsageError when it is none. */
export function folder(path: string | undefined): string {
  const root = resolve(path ?? '.')
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`reading ${root}: there is no such folder`)
  return root
}

/** Tells on stderr what the policy says in vain. */
export function remark(warnings: readonly Problem[]): void {
  for (const warning of warnings) say(process.stderr, problemLine(warning))
}

/** Names of policy files, right and wrong ones. Reading one takes a library that is slow to load, so only then it is. */
const POLICY_NAMES: readonly string[] = [...POLICY_FILES, ...MISNAMED]

/** The policy of a tree, what it says in vain told on stderr. Throws BadPolicy when it cannot be read. */
export async function readPolicy({ files }: Tree): Promise<Policy> {
  if (!files.some(({ path }) => POLICY_NAMES.includes(path))) return DEFAULT_POLICY
  const { policyOf } = await import('../config.ts')
  const { read } = policyOf(files)
  if (!read.ok) throw new BadPolicy(read.problems)
  remark(read.warnings)
  return read.policy
}

/**
 * The working tree and its policy, without any network; what the policy says in vain is told on stderr.
 * Throws BadPolicy when the policy cannot be read.
 */
export async function readCheckout(root: string): Promise<{ tree: Tree; policy: Policy }> {
  const tree = await readLocalTree(root, '')
  return { tree, policy: await readPolicy(tree) }
}

/** Characters that JSON need not escape and that steer a terminal: C1 controls, and those that turn the direction of text. */
const STEERING = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Prints one JSON document on stdout and nothing else. */
export function printJson(document: unknown): void {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  process.stdout.write(`${JSON.stringify(document, null, 2).replace(STEERING, escaped)}\n`)
}
