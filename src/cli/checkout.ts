import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Policy, policyOf } from '../config.ts'
import type { Tree } from '../model.ts'
import { readLocalTree } from '../outside/world-local.ts'
import { BadPolicy } from '../reconcile.ts'
import { UsageError } from './exit.ts'

/** The folder that a command works on; throws UsageError when it is none. */
export function folder(path: string | undefined): string {
  const root = resolve(path ?? '.')
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`reading ${root}: there is no such folder`)
  return root
}

/** The working tree and its policy, without any network. Throws BadPolicy when the policy cannot be read. */
export async function readCheckout(root: string): Promise<{ tree: Tree; policy: Policy }> {
  const tree = await readLocalTree(root)
  const { read } = policyOf(tree.files)
  if (!read.ok) throw new BadPolicy(read.problems)
  return { tree, policy: read.policy }
}

/** Prints one JSON document on stdout and nothing else. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}
