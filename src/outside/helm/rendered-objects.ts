import type { KubeObject, Render, Value } from '../../model.ts'
import { splitDocuments } from '../../text/documents.ts'
import { isMap } from '../../text/is-map.ts'
import { readYaml } from '../../text/yaml.ts'
import { createKept, type Kept } from './kept.ts'

class OutputRefused extends Error {
  override readonly name = 'OutputRefused'
}

/** A hook may have generateName instead of a name. Then that is its name here, since no cluster completes it. */
function named(metadata: Value | undefined, place: string): KubeObject['metadata'] {
  const name = isMap(metadata) ? (metadata.name ?? metadata.generateName) : undefined
  if (isMap(metadata) && typeof name === 'string') return { ...metadata, name }
  throw new OutputRefused(`${place} is no Kubernetes object: metadata.name is missing or not text`)
}

function objectsOf(document: Value, place: string): readonly KubeObject[] {
  if (document === null) return []
  if (!isMap(document)) throw new OutputRefused(`${place} is no Kubernetes object but plain text or a list`)
  const { apiVersion, kind, items } = document
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw new OutputRefused(`${place} is no Kubernetes object: apiVersion or kind is missing or not text`)
  }
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, index) => objectsOf(item, `item ${index + 1} of ${place}`))
  }
  return [{ ...document, apiVersion, kind, metadata: named(document.metadata, place) }]
}

/** Helm writes the template's path above each document. It only serves messages: a template can write such a line too. */
function placeOf(text: string, index: number): string {
  const source = /^# Source: (.{1,200})/m.exec(text)?.[1]
  return `document ${index + 1}${source ? ` (${source})` : ''}`
}

function documentObjects(text: string, index: number): readonly KubeObject[] {
  const read = readYaml(text)
  if (read.ok) return objectsOf(read.value, placeOf(text, index))
  throw new OutputRefused(`${placeOf(text, index)} line ${read.line}: ${read.reason}`)
}

/** Documents that were read before, by their text: the two sides of an upgrade share most of theirs. */
export type KnownDocuments = Kept<readonly KubeObject[]>

function known(text: string, index: number, documents: KnownDocuments): readonly KubeObject[] {
  const before = documents.get(text)
  if (before !== undefined) return before
  const objects = documentObjects(text, index)
  documents.put(text, objects, text.length)
  return objects
}

/** The objects in what helm printed: lists are taken apart, empty documents passed over, anything else refuses the render. */
export function readObjects(yaml: string, documents: KnownDocuments = createKept(0)): Render {
  try {
    return { ok: true, objects: splitDocuments(yaml).flatMap((chunk, index) => known(chunk.text, index, documents)) }
  } catch (error) {
    if (!(error instanceof OutputRefused)) throw error
    return { ok: false, reason: `what helm printed cannot be used: ${error.message}` }
  }
}
