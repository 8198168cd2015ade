import { writeFileSync } from 'node:fs'
import { policyJsonSchema } from '../src/config.ts'

/** Writes the JSON Schemas that editors use, from the schemas that the product checks with: `node scripts/schemas.ts`. */
const schema = {
  title: 'Windlass policy',
  description: 'What `.github/windlass.yaml` may say. Everything is optional; see docs/config.md.',
  ...policyJsonSchema(),
}
writeFileSync(new URL('../schemas/windlass.schema.json', import.meta.url), `${JSON.stringify(schema, null, 2)}\n`)
