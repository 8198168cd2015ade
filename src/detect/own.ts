import type { Policy } from '../config.ts'
import type { Pin, RepoFile, Resource, Skipped } from '../model.ts'
import { environmentOf } from './environments.ts'
import type { Fact, FileFacts } from './facts.ts'
import { type HintPin, hintPin } from './hint-merge.ts'
import { atPlaces } from './places.ts'
import { inEnvironment } from './resources.ts'
import { variableIn } from './variables.ts'

type PinFact = Extract<Fact, { fact: 'pin' }>

/** A fact with its number among the facts of its file: of two that claim one place, the first counts. */
export type Numbered<F = Fact> = { readonly fact: F; readonly index: number }
/** A pin for which no other file has to be asked. */
export type OwnPin = { readonly pin: Pin; readonly index: number }

/** A file of the tree: what it says by itself, and the facts that other files have a part in. */
export type Entry = {
  readonly file: RepoFile
  readonly pins: readonly OwnPin[]
  readonly hints: readonly HintPin[]
  readonly resources: readonly Resource[]
  readonly skipped: readonly Skipped[]
  readonly linked: readonly Numbered[]
  /** Its pins in order, when no other file has put one here. */
  readonly alone: readonly Pin[]
}

function needsOthers({ source, installs, object, version }: PinFact): boolean {
  return source.type === 'object' || installs.length > 0 || object !== null || variableIn(version.version) !== null
}

/** Whether other files have a part in what a fact comes to, or it in what theirs come to. */
function isLinked(fact: Fact): boolean {
  switch (fact.fact) {
    case 'pin':
      return needsOthers(fact)
    case 'resource':
      return fact.resource.kind === 'ConfigMap'
    case 'hint':
      return fact.source.type === 'artifact-hub'
    case 'skipped':
      return false
    default:
      return true
  }
}

/** The pin of a fact whose source is known, without installs. */
function ownPin(
  { component, kind, version, source, aliases }: PinFact,
  environments: Policy['environments'],
): readonly Pin[] {
  if (source.type === 'object') return []
  const environment = environmentOf(version.place.file, environments)
  return [{ component, kind, ...version, source, environment, installs: [], aliases }]
}

/** Takes the facts of a file apart, once for a file and a list of environments. */
export function entryOf(file: RepoFile, { facts }: FileFacts, environments: Policy['environments']): Entry {
  const numbered = facts.map((fact, index): Numbered => ({ fact, index }))
  const linked = numbered.filter(({ fact }) => isLinked(fact))
  const pins = numbered.flatMap(({ fact, index }) =>
    fact.fact === 'pin' && !needsOthers(fact) ? ownPin(fact, environments).map((pin): OwnPin => ({ pin, index })) : [],
  )
  const environment = environmentOf(file.path, environments)
  const hints = facts.flatMap(fact =>
    fact.fact === 'hint' && fact.source.type !== 'artifact-hub' ? [hintPin(fact, fact.source, environment)] : [],
  )
  return {
    file,
    pins,
    hints,
    resources: facts.flatMap(fact => (fact.fact === 'resource' ? [inEnvironment(fact.resource, environment)] : [])),
    skipped: facts.flatMap(fact => (fact.fact === 'skipped' ? [fact.skipped] : [])),
    linked,
    alone: atPlaces(
      pins.map(({ pin }) => pin),
      hints,
    ),
  }
}
