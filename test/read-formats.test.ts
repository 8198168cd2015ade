import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLocalTree } from '../src/outside/local/local-tree.ts'

test('every format that can hold a version is read, and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'windlass-formats-'))
  const read = ['a.yaml', 'b.yml', 'c.tf', 'd.tfvars', 'e.hcl', 'f.yaml.gotmpl', 'g.env', 'h.tofu']
  try {
    for (const name of [...read, 'README.md', 'main.go', 'terraform.tfstate']) await writeFile(join(folder, name), 'x')
    const { files } = await readLocalTree(folder, '')
    expect(files.map(({ path }) => path)).toEqual(read)
  } finally {
    await rm(folder, { recursive: true })
  }
})
