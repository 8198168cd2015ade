import type { Value } from '../../model.ts'
import { splitDocuments } from '../../text/documents.ts'
import { readYaml } from '../../text/yaml.ts'

/** A file of a chart cannot be read; the message names the file. */
export class ChartUnreadable extends Error {}

/** Levels of nesting of a JSON file, as for YAML. */
const MAX_DEPTH = 100

/** The values of a YAML file of a chart; null when it is empty. Throws ChartUnreadable. */
export function readChartYaml(text: string, file: string): Value {
  const read = readYaml(text)
  if (read.ok) return read.value
  throw new ChartUnreadable(`${file} line ${read.line}: ${read.reason}`)
}

/** Every document of a YAML file of a chart; throws like `readChartYaml`. */
export function readChartDocuments(text: string, file: string): readonly Value[] {
  return splitDocuments(text).map(chunk => {
    const read = readYaml(chunk.text)
    if (read.ok) return read.value
    throw new ChartUnreadable(`${file} line ${chunk.line + read.line - 1}: ${read.reason}`)
  })
}

/** A JSON file of a chart; throws like `readChartYaml`. */
export function readChartJson(text: string, file: string): Value {
  const value = parseJson(text, file)
  if (isDeeper(value, MAX_DEPTH)) throw new ChartUnreadable(`${file} is nested deeper than ${MAX_DEPTH} levels`)
  return value
}

function parseJson(text: string, file: string): Value {
  try {
    return JSON.parse(text)
  } catch {
    throw new ChartUnreadable(`${file} is not valid JSON`)
  }
}

function isDeeper(value: Value, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some(child => isDeeper(child, levels - 1))
}
