import type { Fact, Install, Migration } from '../model.ts'
import type { Advice } from './advice.ts'
import type { CrdDelivery } from './crd-delivery.ts'

/** How each engine is told to apply the crds/ folder on upgrades. */
const SWITCH: Readonly<Record<Install['engine'], string>> = {
  flux: 'set `spec.upgrade.crds: CreateReplace`',
  argocd: 'remove `skipCrds: true`',
  kustomize: 'set `includeCRDs: true`',
  helm: 'apply them with kubectl before the upgrade',
}

/** Reasons that one to-do names; the report has them all. */
const MOST_REASONS = 6

function forFact(fact: Fact): string[] {
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
      if (fact.status === 'renamed') return [`rename \`${fact.key}\` to \`${fact.to}\` in ${fact.file}:${fact.line}`]
      if (fact.status === 'removed')
        return [`remove \`${fact.key}\` in ${fact.file}:${fact.line}, or find its successor: ${fact.detail}`]
      if (fact.status === 'refused' || fact.status === 'type-changed')
        return [`change \`${fact.key}\` in ${fact.file}:${fact.line}: ${fact.detail}`]
      return []
    case 'version-removed':
      return [
        `before the merge, \`kubectl get crd ${fact.crd} -o jsonpath='{.status.storedVersions}'\` must not list \`${fact.path}\`: the API server refuses the new CRD as long as it does, until every object is written again in a version that stays and \`${fact.path}\` is taken out of the status`,
      ]
    case 'render-failed':
      return fact.side === 'after' ? [`make ${fact.install} render with the new version: ${fact.reason}`] : []
    default:
      return []
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
export function todo(
  facts: readonly Fact[],
  delivery: CrdDelivery,
  migrations: readonly Migration[],
  advice: Advice,
): readonly string[] {
  const crds = delivery.missed.map(
    ({ engine, file, line }) => `apply the new CRDs yourself, or ${SWITCH[engine]} in ${file}:${line}`,
  )
  const open = facts.filter(fact => !isSettled(fact, migrations))
  return [...new Set([...migrations.flatMap(forMigration), ...open.flatMap(forFact), ...crds, ...advice.todo])]
}
