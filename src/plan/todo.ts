import type { Fact, FactOf, Install } from '../model.ts'

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
      if (fact.effect === 'idle' || fact.effect === 'same')
        return [`\`${fact.key}\` in ${fact.file}:${fact.line} can go: ${fact.detail}`]
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

/** What a person has to do or check, one line each, in the order of the facts. */
export function todo(facts: readonly Fact[]): readonly string[] {
  return [...new Set(facts.flatMap(forFact))]
}
