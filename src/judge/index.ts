import { type Fact, type Finding, RISKS, type Risk } from '../model.ts'
import { oldApis } from './apis.ts'
import { crdChanged, fieldsChanged, notDelivered } from './crds.ts'
import { type Numbered, ofKind } from './finding.ts'
import { imagesChanged } from './images.ts'
import { notesSay } from './notes.ts'
import { evictionBlocked, hooksAdded, objectsAdded, objectsChanged, objectsMoved, objectsRemoved } from './objects.ts'
import { notRendered, renderFailed } from './renders.ts'
import { resourceFound } from './resources.ts'
import { defaultsChanged, valueFound, valueNotChecked } from './values.ts'
import { deprecatedChart, kubeUnsupported, kubeVersion, versionStep } from './versions.ts'

/** What the facts of an upgrade mean, worst first. Evidence ids count the facts: `E1` is the first. */
export function judge(facts: readonly Fact[]): readonly Finding[] {
  const numbered = facts.map((fact, i): Numbered => ({ id: `E${i + 1}`, fact }))
  const findings = [
    ...numbered.flatMap(one => alone(one, numbered)),
    ...fieldsChanged(numbered),
    ...defaultsChanged(numbered),
    ...notesSay(numbered),
    ...objectsRemoved(ofKind(numbered, 'object-removed')),
    ...objectsAdded(ofKind(numbered, 'object-added')),
    ...objectsMoved(ofKind(numbered, 'object-removed'), ofKind(numbered, 'object-added')),
    ...hooksAdded(ofKind(numbered, 'hook-added')),
    ...oldApis(ofKind(numbered, 'api-removed', 'api-deprecated')),
    ...objectsChanged(ofKind(numbered, 'object-changed')),
    ...imagesChanged(ofKind(numbered, 'image-changed')),
  ]
  return findings.toSorted((a, b) => rank(b.severity) - rank(a.severity))
}

/** The worst of the findings: the risk that nothing may lower. `low` when there are none. */
export function floor(findings: readonly Finding[]): Risk {
  return findings.reduce<Risk>((worst, { severity }) => (rank(severity) > rank(worst) ? severity : worst), 'low')
}

function rank(risk: Risk): number {
  return RISKS.indexOf(risk)
}

/** What one fact means by itself. The kinds that are judged together are listed last, so that none is forgotten. */
function alone({ id, fact }: Numbered, all: readonly Numbered[]): Finding[] {
  if ('crd' in fact) return crdChanged({ id, fact }, all)
  switch (fact.kind) {
    case 'resource':
      return resourceFound({ id, fact })
    case 'value':
      return valueFound({ id, fact })
    case 'value-not-checked':
      return valueNotChecked({ id, fact })
    case 'render-failed':
      return renderFailed({ id, fact })
    case 'not-rendered':
      return notRendered({ id, fact })
    case 'kube-version':
      return kubeVersion({ id, fact })
    case 'kube-unsupported':
      return kubeUnsupported({ id, fact })
    case 'deprecated-chart':
      return deprecatedChart({ id, fact })
    case 'version-step':
      return versionStep({ id, fact })
    case 'crds-not-delivered':
      return notDelivered({ id, fact }, all)
    case 'eviction-blocked':
      return evictionBlocked({ id, fact })
    case 'api-removed':
    case 'api-deprecated':
    case 'hook-added':
    case 'default-changed':
    case 'note':
    case 'object-removed':
    case 'object-added':
    case 'object-changed':
    case 'objects-labels-only':
    case 'objects-made-anew':
    case 'image-changed':
      return []
  }
}
