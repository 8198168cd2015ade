import type { Policy } from '../config.ts'
import type { RepoFile, Tree } from '../model.ts'
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
import { hints } from './hints.ts'
import { images } from './images.ts'
import { kubernetes } from './kubernetes.ts'
import { kustomization } from './kustomize.ts'
import { readManifests } from './manifests.ts'
import { olmSubscription } from './olm.ts'
import { type Entry, entryOf } from './own.ts'
import { resources } from './resources.ts'
import { terraform } from './terraform.ts'
import { type TextDetector, textFile } from './text-file.ts'
import { urls } from './urls.ts'
import { fluxVariables } from './variables.ts'
import { unlessGenerated, vendored } from './vendored.ts'
import { versionFields } from './version-fields.ts'

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
  versionFields,
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
  return [...facts, ...vendored(manifests), ...skipped.map(note => ({ fact: 'skipped' as const, skipped: note }))]
}

/** All that one file tells by itself. Depends only on its path and text, so that it can be kept by blob id. */
function read(file: RepoFile): FileFacts {
  const text = textFile(file)
  const facts = [...readYamlFile(file), ...TEXT_DETECTORS.flatMap(detector => detector(text))]
  return { file: file.path, facts: unlessGenerated(file, facts) }
}

/** What of the policy counts here. */
export type Terms = Pick<Policy, 'environments' | 'ignorePaths'>

type Known = { readonly facts: FileFacts; readonly environments: string; readonly entry: Entry }
const known = new WeakMap<RepoFile, Known>()

/** What a file says, worked out once for a file object: an unchanged file of the next commit costs nothing (outside/git/mirror.ts gives the same object). */
export function entryFor(policy: Terms): (file: RepoFile) => Entry {
  const environments = JSON.stringify(policy.environments)
  return file => {
    const before = known.get(file)
    if (before?.environments === environments) return before.entry
    const facts = before?.facts ?? read(file)
    const entry = entryOf(file, facts, policy.environments)
    known.set(file, { facts, environments, entry })
    return entry
  }
}

/** Whether the policy wants a file not to be looked at. */
export function isIgnored({ path }: RepoFile, { ignorePaths }: Terms): boolean {
  return ignorePaths.some(glob => matchesGlob(path, glob))
}

/**
 * Reads the files that nobody has read yet, one for each step, for those who have other things to do in between. `detect` then finds
 * everything read; it may be called at any time.
 */
export function* readAhead({ files }: Tree, policy: Terms): Generator<void, void> {
  const entry = entryFor(policy)
  for (const file of files) {
    if (known.has(file) || isIgnored(file, policy)) continue
    entry(file)
    yield
  }
}
