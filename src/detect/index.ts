import type { Policy } from '../config.ts'
import type { Detected, Pin, RepoFile, Tree } from '../model.ts'
import { matchesGlob } from '../text/glob.ts'
import { argocdApplicationSet } from './applicationset.ts'
import { argocdApplication } from './argocd.ts'
import { chartDependencies } from './chart.ts'
import type { Detector, Fact, FileFacts } from './facts.ts'
import { askable, isAsked } from './files.ts'
import { fluxBuild } from './flux-build.ts'
import { fluxGit } from './flux-git.ts'
import { fluxOneRelease, fluxRelease } from './flux-release.ts'
import { fluxSources } from './flux-sources.ts'
import { helmfile } from './helmfile.ts'
import { hints } from './hints.ts'
import { type Change, type Linked, type Look, since, together } from './history.ts'
import { images } from './images.ts'
import { kubernetes } from './kubernetes.ts'
import { kustomization } from './kustomize.ts'
import { readManifests } from './manifests.ts'
import { olmSubscription } from './olm.ts'
import { type Entry, entryOf, type Numbered } from './own.ts'
import { resolve } from './resolve.ts'
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
export function read(file: RepoFile): FileFacts {
  const text = textFile(file)
  const facts = [...readYamlFile(file), ...TEXT_DETECTORS.flatMap(detector => detector(text))]
  return { file: file.path, facts: unlessGenerated(file, facts) }
}

/** What of the policy counts here. */
type Terms = Pick<Policy, 'environments' | 'ignorePaths'>

type Known = { readonly facts: FileFacts; readonly environments: string; readonly entry: Entry }
const known = new WeakMap<RepoFile, Known>()

/** What a file says, worked out once for a file object: an unchanged file of the next commit costs nothing (outside/git/mirror.ts gives the same object). */
function entryFor(policy: Terms): (file: RepoFile) => Entry {
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

function isIgnored({ path }: RepoFile, { ignorePaths }: Terms): boolean {
  return ignorePaths.some(glob => matchesGlob(path, glob))
}

/**
 * Reads the files, one for each step, for those who have other things to do in between. `detect` then finds
 * everything read; it may be called at any time.
 */
export function* readAhead({ files }: Tree, policy: Terms): Generator<void, void> {
  const entry = entryFor(policy)
  for (const file of files) {
    if (isIgnored(file, policy)) continue
    entry(file)
    yield
  }
}

/** A repository as it was looked at last. Files that have been in it lead to it, so that the next tree finds it; it ends with them. */
type History = { last: Look | null }
const histories = new WeakMap<RepoFile, History>()

function historyOf(files: readonly RepoFile[]): History {
  for (const file of files) {
    const found = histories.get(file)
    if (found) return found
  }
  return { last: null }
}

/** Looks up what the files need of each other. */
function link(entries: readonly (Entry | null)[], files: readonly RepoFile[], policy: Terms): Linked {
  const order = new Map<string, number>()
  const facts: Numbered[] = []
  for (const entry of entries) {
    if (entry === null || entry.linked.length === 0) continue
    order.set(entry.file.path, order.size)
    for (const fact of entry.linked) facts.push(fact)
  }
  const { files: asking, asked } = askable(files)
  const { pins, hints, skipped } = resolve(facts, asking, policy.environments)
  return {
    pins: Map.groupBy(pins, ({ pin }) => pin.place.file),
    hints: Map.groupBy(hints, ({ place }) => place.file),
    skipped,
    asked,
    order,
  }
}

/** Whether nothing that was looked up can have another answer because of a change. */
function isUnlinked({ path, entry }: Change, { asked }: Linked): boolean {
  return (entry === null || entry.linked.length === 0) && !isAsked(asked, path)
}

function look(tree: Tree, policy: Terms, history: History): Look {
  const terms = JSON.stringify([policy.environments, policy.ignorePaths])
  const before = history.last?.terms === terms ? history.last : null
  const entry = entryFor(policy)
  const { entries, changes } = since(before ?? { files: [], entries: [] }, tree.files, file => {
    histories.set(file, history)
    return isIgnored(file, policy) ? null : entry(file)
  })
  const linked =
    before && changes.every(change => isUnlinked(change, before.linked))
      ? before.linked
      : link(entries, tree.files, policy)
  return { terms, files: tree.files, entries, linked }
}

/** The pins of every file, in order of their paths and places. */
function pinsOf({ entries, linked }: Look): readonly Pin[] {
  const byFile: { readonly file: string; readonly pins: readonly Pin[] }[] = []
  const left = new Set([...linked.pins.keys(), ...linked.hints.keys()])
  for (const entry of entries) {
    if (entry === null) continue
    const { path } = entry.file
    const pins = left.delete(path) ? together(path, entry, linked) : entry.alone
    if (pins.length > 0) byFile.push({ file: path, pins })
  }
  // What stands in files that are ignored, and counts for files that are not.
  for (const file of left) byFile.push({ file, pins: together(file, null, linked) })
  return byFile.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)).flatMap(({ pins }) => pins)
}

/**
 * Every version that stands in the repository, with its byte range, source and environment; every Kubernetes object;
 * and what was left out, with the reason. Recognises by content, never by path. Never throws on any text.
 * A tree that shares file objects with an earlier one costs what has changed since; the answer is the same.
 */
export function detect(tree: Tree, policy: Terms): Detected {
  const history = historyOf(tree.files)
  const found = look(tree, policy, history)
  history.last = found
  const entries = found.entries.filter(entry => entry !== null)
  return {
    pins: pinsOf(found),
    resources: entries.flatMap(({ resources: own }) => own),
    skipped: [...tree.skipped, ...entries.flatMap(({ skipped }) => skipped), ...found.linked.skipped],
  }
}
