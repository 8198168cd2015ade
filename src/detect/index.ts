import type { Policy } from '../config.ts'
import type { Detected, Place, RepoFile, Tree } from '../model.ts'
import { matchesGlob } from '../text/glob.ts'
import { argocdApplication } from './argocd.ts'
import { chartDependencies } from './chart.ts'
import type { Detector, FileFacts } from './facts.ts'
import { fluxRelease } from './flux-release.ts'
import { fluxSources } from './flux-sources.ts'
import { kustomization } from './kustomize.ts'
import { readManifests } from './manifests.ts'
import { resolve } from './resolve.ts'
import { resources } from './resources.ts'

/** Everything that is recognised, one line a format. */
const DETECTORS: readonly Detector[] = [
  argocdApplication,
  fluxRelease,
  fluxSources,
  kustomization,
  chartDependencies,
  resources,
]

/** Kubernetes tools read these; `Kustomization` is the one name kustomize takes without an extension. */
const YAML_FILE = /\.ya?ml$|(?:^|\/)Kustomization$/
/** No document that any detector knows lacks all of these words: a file without them is not parsed. */
const MARKERS =
  /^\uFEFF?["']?(?:helmCharts|images)["']?:|^[ \uFEFF]*(?:- )?["']?apiVersion["']?:|^(?:---)?[ \uFEFF]*\{/m

/** All that one file tells by itself. Depends only on its path and text, so that it can be kept by blob id. */
export function read(file: RepoFile): FileFacts {
  if (!YAML_FILE.test(file.path) || !MARKERS.test(file.text)) return { file: file.path, facts: [] }
  const { manifests, skipped } = readManifests(file)
  const facts = manifests.flatMap(manifest => DETECTORS.flatMap(detector => detector(manifest)))
  return { file: file.path, facts: [...facts, ...skipped.map(note => ({ fact: 'skipped' as const, skipped: note }))] }
}

function byPlace(a: { readonly place: Place }, b: { readonly place: Place }): number {
  return a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : a.place.start - b.place.start
}

/**
 * Every version that stands in the repository, with its byte range, source and environment; every Kubernetes object;
 * and what was left out, with the reason. Recognises by content, never by path. Never throws on any text.
 */
export function detect(tree: Tree, policy: Pick<Policy, 'environments' | 'ignorePaths'>): Detected {
  const looked = tree.files.filter(({ path }) => !policy.ignorePaths.some(glob => matchesGlob(path, glob)))
  const files = new Map(tree.files.map(file => [file.path, file]))
  const { pins, resources: objects, skipped } = resolve(looked.map(read), files, policy.environments)
  return { pins: pins.toSorted(byPlace), resources: objects, skipped: [...tree.skipped, ...skipped] }
}
