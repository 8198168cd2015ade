import type { RepoFile, ValuesLayer } from '../model.ts'
import { splitDocuments } from '../text/documents.ts'
import { remembered } from '../text/remembered.ts'
import { textAt } from './at.ts'
import { below } from './below.ts'
import type { ChartLayerFact, LayerFact, Manifest, ObjectRef } from './facts.ts'
import type { Files } from './files.ts'
import type { Find, Named } from './lookup.ts'
import { readManifests, valuesLayer } from './manifests.ts'
import { perFile } from './per-file.ts'
import { substitute, type VariablesIn } from './substitute.ts'

type ConfigLayer = Extract<LayerFact, { kind: 'config' }>
type FileLayer = Extract<LayerFact, { kind: 'file' }>

/** A ConfigMap as it stands, or as a configMapGenerator makes it (`files`, from key to path). */
export type Config = Named & { readonly files: ReadonlyMap<string, string> | null }

function missing({ file, line }: { readonly file: string; readonly line: number }, reason: string): ValuesLayer {
  return { kind: 'missing', file, line, reason }
}

const valuesOf = perFile<ValuesLayer>()
const dataOf = perFile<ValuesLayer | null>()

/** What a ConfigMap of a file holds at a key, as a layer; null when there is no text. */
function dataLayer(
  file: RepoFile,
  manifests: readonly Manifest[],
  name: string,
  { key, target }: ConfigLayer,
): ValuesLayer | null {
  const path = ['data', key]
  const found = manifests.find(({ body }) => body.kind === 'ConfigMap' && textAt(body, ['metadata', 'name']) === name)
  if (target === null) return found?.embedded(path) ?? null
  const value = textAt(found?.body, path)
  return found && value !== null
    ? { kind: 'parameter', file: file.path, line: found.lineOf(path), key: target, value, asString: false }
    : null
}

/** Gives a layer when somebody wants its values. Which file it stands in is looked up before, so that a push to that file counts. */
export type LayerRead = () => ValuesLayer

/** Finds the layers that stand in other files. What cannot be read becomes `missing` with the reason, never nothing. */
export function layerReader(
  files: Files,
  findConfig: Find<Config>,
  variablesOf: VariablesIn,
): (layer: ChartLayerFact) => LayerRead {
  const manifestsOf = remembered((file: RepoFile) => readManifests(file).manifests)
  const inFile = (layer: FileLayer | ConfigLayer, path: string): LayerRead => {
    const file = files.get(path)
    if (!file) return () => missing(layer, `the values file ${path} is not in this repository`)
    return () =>
      valuesOf(file, '', () => {
        // Helm reads the first document of a values file and ignores the others.
        const [chunk] = splitDocuments(file.text)
        return valuesLayer(path, chunk?.text ?? '', () => ({ line: chunk?.line ?? 1, stepwise: true }))
      })
  }
  const inManifest = (layer: ConfigLayer, { name }: ObjectRef, path: string): LayerRead => {
    const file = files.get(path)
    const question = JSON.stringify([name, layer.key, layer.target])
    return () => {
      const found = file && dataOf(file, question, () => dataLayer(file, manifestsOf(file), name, layer))
      return found ?? missing(layer, `ConfigMap ${name} in ${path} has no text at ${layer.key}`)
    }
  }
  const inConfig = (layer: ConfigLayer): LayerRead => {
    const { object, key } = layer
    const [config, another] = findConfig(object, layer.file)
    if (!config) return () => missing(layer, `ConfigMap ${object.name} is not in this repository`)
    if (another)
      return () => missing(layer, `several ConfigMaps are called ${object.name}: ${config.file} and ${another.file}`)
    if (config.files === null) return inManifest(layer, object, config.file)
    const path = config.files.get(key)
    if (path !== undefined && layer.target === null) return inFile(layer, path)
    return () => missing(layer, `ConfigMap ${object.name}, made by ${config.file}, has no file for ${key}`)
  }
  const find = (layer: ChartLayerFact): LayerRead => {
    switch (layer.kind) {
      case 'file':
        return inFile(layer, layer.path)
      case 'config':
        return inConfig(layer)
      case 'in-chart':
        return () => missing(layer, `the values file ${layer.name} lies inside the chart`)
      case 'below': {
        const outer = find(layer.layer)
        return () => below(layer.key, outer())
      }
      case 'variable':
        return () => {
          const variables = variablesOf(layer.layer.file)
          return variables ? layer.read(text => substitute(text, variables)) : layer.layer
        }
      default:
        return () => layer
    }
  }
  return find
}
