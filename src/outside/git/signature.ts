import { createHmac, timingSafeEqual } from 'node:crypto'

/** A commit as far as its signature covers it. */
export type SignedCommit = { readonly tree: string; readonly parents: readonly string[]; readonly message: string }

const TRAILER = /^Windlass-Signature: ([0-9a-f]{64})$/m
const BASE = /^Windlass-Base: ([0-9a-f]{40,64})$/m

function digest(key: string, tree: string, parents: readonly string[], message: string): string {
  return createHmac('sha256', key)
    .update(`commit\n${tree}\n${parents.join(' ')}\n${message}`)
    .digest('hex')
}

/**
 * The commit message with trailers that prove later, without any other memory, that we made this very commit:
 * a commit that a person added, amended or rebased does not carry a signature over its own tree and parents.
 */
export function signMessage(
  key: string,
  title: string,
  base: string,
  tree: string,
  parents: readonly string[],
): string {
  const message = `${title}\n\nWindlass-Base: ${base}`
  return `${message}\nWindlass-Signature: ${digest(key, tree, parents, message)}`
}

/** Whether we made this commit. */
export function isOurs(key: string, commit: SignedCommit): boolean {
  const signature = TRAILER.exec(commit.message)?.[1]
  if (signature === undefined) return false
  const message = commit.message.slice(0, commit.message.search(TRAILER)).trimEnd()
  return timingSafeEqual(Buffer.from(signature), Buffer.from(digest(key, commit.tree, commit.parents, message)))
}

/** The base commit that one of our commits was made for. */
export function baseOf(commit: SignedCommit): string | null {
  return BASE.exec(commit.message)?.[1] ?? null
}
