import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A real checkout in a temporary folder, and git in it. */
export type Checkout = {
  readonly root: string
  git(...args: readonly string[]): string
  write(path: string, content: string | Uint8Array): void
  commit(message: string): string
  remove(): void
}

const NOBODY = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', PATH: process.env.PATH }
const ADA = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']

/** A folder with these files; without `git init`. */
export function makeFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): Checkout {
  const root = mkdtempSync(join(tmpdir(), 'windlass-checkout-'))
  const checkout: Checkout = {
    root,
    git: (...args) =>
      execFileSync('git', [...ADA, ...args], { cwd: root, env: NOBODY, encoding: 'utf8', stdio: 'pipe' }),
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    },
    commit(message) {
      checkout.git('add', '--all')
      checkout.git('commit', '--quiet', '--allow-empty', `--message=${message}`)
      return checkout.git('rev-parse', 'HEAD').trim()
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
  for (const [path, content] of Object.entries(files)) checkout.write(path, content)
  return checkout
}

/** A git checkout on `main` with these files committed by Ada. */
export function makeCheckout(files: Readonly<Record<string, string | Uint8Array>> = {}): Checkout {
  const checkout = makeFolder(files)
  checkout.git('init', '--quiet', '--initial-branch=main')
  checkout.commit('The cluster as it is')
  return checkout
}
