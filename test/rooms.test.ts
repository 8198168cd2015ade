import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Whether the lint rules let a file of this path hold this import. */
function allows(path: string, specifier: string): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'rooms-'))
  try {
    copyFileSync(join(root, 'biome.json'), join(folder, 'biome.json'))
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `import { thing } from '${specifier}'\n\nthing()\n`)
    const args = ['lint', '--vcs-enabled=false', path]
    const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/biome'), args, {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(`${status} ${stdout}${stderr}`).toContain('Checked 1 file')
    return !`${stdout}${stderr}`.includes('noRestrictedImports')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test.each([
  ['src/detect/probe.ts', '../choose/index.ts'],
  ['src/judge/probe.ts', '../outside/git.ts'],
  ['src/report/probe.ts', '../reconcile.ts'],
  ['src/plan/probe.ts', '../world.ts'],
  ['src/compare/probe.ts', 'node:fs'],
  ['src/compare/probe.ts', 'node:fs/promises'],
  ['src/compare/cel/probe.ts', '../../outside/git.ts'],
  ['src/compare/cel/probe.ts', '../../judge/index.ts'],
  ['src/compare/cel/probe.ts', 'node:fs'],
  ['src/reason/probe.ts', 'node:child_process'],
  ['src/text/probe.ts', 'node:http'],
  ['src/config/probe.ts', '../outside/git.ts'],
  ['src/watch/probe.ts', '../decide/index.ts'],
  ['src/watch/probe.ts', '../outside/git.ts'],
  ['src/watch/probe.ts', 'node:fs'],
  ['src/reconcile.ts', './outside/git.ts'],
  ['src/walk/probe.ts', '../outside/git.ts'],
  ['src/model.ts', './outside/git.ts'],
])('%s may not import %s', (path, specifier) => {
  expect(allows(path, specifier)).toBe(false)
})

test.each([
  ['src/detect/probe.ts', './argocd.ts'],
  ['src/detect/probe.ts', '../model.ts'],
  ['src/detect/probe.ts', '../knowledge/kubernetes.ts'],
  ['src/choose/probe.ts', '../config.ts'],
  ['src/compare/probe.ts', '../text/yaml.ts'],
  ['src/compare/cel/probe.ts', '../data.ts'],
  ['src/compare/cel/probe.ts', '../../text/ip.ts'],
  ['src/report/probe.ts', 'node:crypto'],
  ['src/watch/probe.ts', '../config.ts'],
  ['src/outside/probe.ts', '../report/memory.ts'],
  ['src/reconcile.ts', './detect/index.ts'],
  ['src/walk/probe.ts', '../judge/index.ts'],
])('%s may import %s', (path, specifier) => {
  expect(allows(path, specifier)).toBe(true)
})
