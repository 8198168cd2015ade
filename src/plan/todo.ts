import type { Fact, FactOf, Install, Migration } from '../model.ts'
import type { Advice } from './advice.ts'

/** How each engine is told to apply the crds/ folder on upgrades. */
const SWITCH: Readonly<Record<Install['engine'], string>> = {
  flux: 'set `spec.upgrade.crds: CreateReplace`',
  argocd: 'remove `skipCrds: true`',
  kustomize: 'set `includeCRDs: true`',
  helm: 'apply them with kubectl before the upgrade',
}

/** Reasons that one to-do names; the report has them all. */
const MOST_REASONS = 6

/** How to see whether objects are still stored in a version that goes, what the answer must be, and what to do where it is another. */
function storageCheck(crd: string, path: string, all: readonly Fact[]): string {
  const own = all.filter(fact => 'crd' in fact).filter(fact => fact.crd === crd)
  const next = own.find(({ kind }) => kind === 'storage-version-changed')
  const answer = next ? `, but \`["${next.path}"]\`` : ''
  const isStored = own.some(fact => fact.kind === 'stored-version-removed' && fact.path === path)
  const was = isStored ? 'objects are stored in it until now' : 'objects may be stored in it'
  return [
    `before the merge, \`kubectl get crd ${crd} -o jsonpath='{.status.storedVersions}'\` must not answer \`${path}\`${answer} (${was})`,
    'the API server refuses the new CRD otherwise: write every object again in a version that stays, then take the old one out of the status',
  ].join('; ')
}

function forFact(fact: Fact, all: readonly Fact[]): string[] {
  switch (fact.kind) {
    case 'resource': {
      if (fact.status !== 'broken') return []
      const { kind, name, file, line } = fact.resource
      const reasons = fact.why
        .filter(({ kind }) => kind !== 'ratcheting')
        .map(({ path, detail }) => (detail.includes(path) ? detail : `${path}: ${detail}`))
      return [`change ${kind}/${name} (${file}:${line}): ${reasons.slice(0, MOST_REASONS).join('; ')}`]
    }
    case 'value':
      if (fact.effect === 'idle' || fact.effect === 'same')
        return [`\`${fact.key}\` in ${fact.file}:${fact.line} can go: ${fact.detail}`]
      if (fact.status === 'renamed') return [`rename \`${fact.key}\` to \`${fact.to}\` in ${fact.file}:${fact.line}`]
      if (fact.status === 'removed')
        return [`remove \`${fact.key}\` in ${fact.file}:${fact.line}, or find its successor: ${fact.detail}`]
      if (fact.status === 'refused' || fact.status === 'type-changed')
        return [`change \`${fact.key}\` in ${fact.file}:${fact.line}: ${fact.detail}`]
      return []
    case 'version-removed':
      return [storageCheck(fact.crd, fact.path, all)]
    case 'crds-not-delivered':
      return [delivered(fact)]
    case 'api-removed':
      return fact.isNew && fact.place !== null
        ? [
            `change ${fact.object.kind}/${fact.object.name} (${fact.place.file}:${fact.place.line}) to ${fact.replacement ?? 'something else'}`,
          ]
        : []
    case 'render-failed':
      return fact.side === 'after' ? [`make ${fact.install} render with the new version: ${fact.reason}`] : []
    default:
      return []
  }
}

/** The missing step that brings changed CRDs into the cluster. */
function delivered({ cause, crds, engine, file, line, detail }: FactOf<'crds-not-delivered'>): string {
  const names = crds.join(', ')
  switch (cause) {
    case 'skipped':
      return `apply the new CRDs yourself, or ${SWITCH[engine]} in ${file}:${line}`
    case 'unknown':
      return `see to it that the new CRDs are applied (${names}): what does it does not stand in ${file}:${line}`
    case 'vendored':
      return `update ${names} in ${file}:${line} from the crds/ folder of the new chart, before the upgrade`
    case 'other-chart':
      return `move the chart of the CRDs first: ${detail} in ${file}:${line}`
    case 'too-large':
    case 'too-large-before':
      return `set \`ServerSideApply=true\` in \`spec.syncPolicy.syncOptions\` of ${file}:${line}: ${names} is too large for a client-side apply`
  }
}

/** Whether a migration of this pull request deals with a fact. */
function isSettled(fact: Fact, migrations: readonly Migration[]): boolean {
  if (fact.kind === 'value') return migrations.some(({ file, what }) => file === fact.file && what === fact.key)
  if (fact.kind !== 'resource') return false
  const { file, document, kind, name } = fact.resource
  return migrations.some(one => one.file === file && one.document === document && one.what === `${kind}/${name}`)
}

/** What is left to do where a migration could not be made, or not wholly. */
function forMigration({ what, file, line, todo: left, why }: Migration): string[] {
  return left.length === 0 ? [] : [`change ${what} (${file}:${line}): ${why}; ${left.join('; ')}`]
}

/**
 * What a person has to do or check, one line each: what the migrations of the pull request leave, then in the order of the facts,
 * then what the maintainers say.
 */
export function todo(facts: readonly Fact[], migrations: readonly Migration[], advice: Advice): readonly string[] {
  const open = facts.filter(fact => !isSettled(fact, migrations))
  return [
    ...new Set([...migrations.flatMap(forMigration), ...open.flatMap(fact => forFact(fact, facts)), ...advice.todo]),
  ]
}
