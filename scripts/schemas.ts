import { writeFileSync } from 'node:fs'
import { policyJsonSchema } from '../src/config.ts'

/** Writes the JSON Schemas that editors use, from the schemas that the product checks with: `node scripts/schemas.ts`. */
const text = `${JSON.stringify(policyJsonSchema(), null, 2)}\n`
writeFileSync(new URL('../schemas/windlass.schema.json', import.meta.url), text)
