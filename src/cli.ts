#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

/** The product needs Node >= 22.20; below that its dependencies do not load, so this file imports none of them. */
function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 20)
}

/** The Node that scripts/with-node.sh has fetched into this checkout, if it is there. */
function fetchedNode(): string | null {
  const name = `node-${process.platform}-${process.arch}`
  const file = fileURLToPath(new URL(`../.toolchain/node_modules/${name}/bin/node`, import.meta.url))
  return existsSync(file) ? file : null
}

if (isNewEnough(process.versions.node)) {
  module.enableCompileCache()
  const { main } = await import('./cli/program.ts')
  await main(process.argv)
} else {
  const node = fetchedNode()
  if (node === null) {
    console.error(
      `windlass needs Node >= 22.20, this is ${process.version}. Run \`npm run build\` in a checkout (it fetches one), or install a newer Node.`,
    )
    process.exitCode = 2
  } else {
    const { status } = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
    process.exitCode = status ?? 1
  }
}
