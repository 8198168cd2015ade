import type { Fact, Install } from '../model.ts'
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
        `see that \`kubectl get crd ${fact.crd} -o jsonpath='{.status.storedVersions}'\` does not list \`${fact.path}\` before the merge`,
      ]
    case 'render-failed':
      return fact.side === 'after' ? [`make ${fact.install} render with the new version: ${fact.reason}`] : []
    default:
      return []
  }
}

/** What a person has to do or check, one line each, in the order of the facts. */
export function todo(facts: readonly Fact[], delivery: CrdDelivery): readonly string[] {
  const crds = delivery.missed.map(
    ({ engine, file, line }) => `apply the new CRDs yourself, or ${SWITCH[engine]} in ${file}:${line}`,
  )
  return [...new Set([...facts.flatMap(forFact), ...crds])]
}
