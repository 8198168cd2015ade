import type { Policy } from '../config.ts'
import type { Detected, Pin, Place, RepoFile, Tree } from '../model.ts'
import { matchesGlob } from '../text/glob.ts'
import { argocdApplicationSet } from './applicationset.ts'
import { argocdApplication } from './argocd.ts'
import { chartDependencies } from './chart.ts'
import type { Detector, Fact, FileFacts } from './facts.ts'
import { fluxBuild } from './flux-build.ts'
import { fluxGit } from './flux-git.ts'
import { fluxOneRelease, fluxRelease } from './flux-release.ts'
import { fluxSources } from './flux-sources.ts'
import { helmfile } from './helmfile.ts'
import { withHints } from './hint-merge.ts'
import { hints } from './hints.ts'
import { images } from './images.ts'
import { kubernetes } from './kubernetes.ts'
import { kustomization } from './kustomize.ts'
import { readManifests } from './manifests.ts'
import { olmSubscription } from './olm.ts'
import { resolve } from './resolve.ts'
import { resources } from './resources.ts'
import { terraform } from './terraform.ts'
import { type TextDetector, textFile } from './text-file.ts'
import { urls } from './urls.ts'
import { fluxVariables } from './variables.ts'

/** Everything that is recognised, one line a format. */
const DETECTORS: readonly Detector[] = [
  argocdApplication,
  argocdApplicationSet,
  fluxRelease,
  fluxOneRelease,
  fluxSources,
  fluxGit,
  fluxVariables,
  fluxBuild,
  kustomization,
  chartDependencies,
  olmSubscription,
  kubernetes,
  resources,
]

/** What is recognised in the text of a file, one line a format; for what stands in any YAML, or in none. */
const TEXT_DETECTORS: readonly TextDetector[] = [terraform, helmfile, images, urls, hints]

/** Kubernetes tools read these; `Kustomization` is the one name kustomize takes without an extension. */
const YAML_FILE = /\.ya?ml$|(?:^|\/)Kustomization$/
/** No document that any detector knows lacks all of these words: a file without them is not parsed. */
const MARKERS =
  /^\uFEFF?["']?(?:helmCharts|images|dependencies|resources|components|talosVersion|kubernetesVersion|machine)["']?:|^[ \uFEFF]*(?:- )?["']?apiVersion["']?:|^(?:---)?[ \uFEFF]*\{/m

/** What stands in the documents of a YAML file. */
function readYamlFile(file: RepoFile): readonly Fact[] {
  if (!YAML_FILE.test(file.path) || !MARKERS.test(file.text)) return []
  const { manifests, skipped } = readManifests(file)
  const facts = manifests.flatMap(manifest => DETECTORS.flatMap(detector => detector(manifest)))
  return [...facts, ...skipped.map(note => ({ fact: 'skipped' as const, skipped: note }))]
}

/** All that one file tells by itself. Depends only on its path and text, so that it can be kept by blob id. */
export function read(file: RepoFile): FileFacts {
  const text = textFile(file)
  return { file: file.path, facts: [...readYamlFile(file), ...TEXT_DETECTORS.flatMap(detector => detector(text))] }
}

const known = new WeakMap<RepoFile, FileFacts>()

/** What `read` says, worked out once for a file object: an unchanged file of the next commit costs nothing (outside/git/mirror.ts gives the same object). */
function remembered(file: RepoFile): FileFacts {
  const facts = known.get(file) ?? read(file)
  known.set(file, facts)
  return facts
}

/** One place, one pin: what a format says of it comes before what it looks like. */
function distinct(pins: readonly Pin[]): readonly Pin[] {
  const taken = new Set<string>()
  return pins.filter(({ place }) => {
    const key = `${place.file}\0${place.start}`
    return !taken.has(key) && taken.add(key)
  })
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
  const {
    pins,
    hints: notes,
    resources: objects,
    skipped,
  } = resolve(looked.map(remembered), files, policy.environments)
  return {
    pins: withHints(distinct(pins), notes).toSorted(byPlace),
    resources: objects,
    skipped: [...tree.skipped, ...skipped],
  }
}
