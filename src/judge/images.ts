import type { Finding } from '../model.ts'
import { type FactOf, finding, list, type Numbered, named } from './finding.ts'

/** Images that come from somewhere else, one finding for each move; a new tag of the same image is what an upgrade is. */
export function imagesChanged(changed: readonly Numbered<FactOf<'image-changed'>>[]): Finding[] {
  const moved = changed.filter(({ fact }) => repository(fact.from) !== repository(fact.to))
  const moves = Map.groupBy(moved, ({ fact }) => `${repository(fact.from)} -> ${repository(fact.to)}`)
  return [
    ...[...moves].map(([move, group]) => {
      const users = list([...new Set(group.map(({ fact }) => named(fact.object)))])
      return finding(
        'image-moved',
        'medium',
        `an image comes from another place: ${move} (${users})`,
        group.map(({ id }) => id),
      )
    }),
    ...changed.filter(({ fact }) => fact.object.kind === 'Kustomization').map(notAnalysed),
  ]
}

/** A tag in a kustomization: only the tag changes in Git, and what the new image does cannot be seen from there. */
function notAnalysed({ id, fact }: Numbered<FactOf<'image-changed'>>): Finding {
  const says = `${fact.object.name} takes ${fact.to} instead of ${fact.from}: only the tag changes there, what the new image does was not analysed`
  return { rule: 'image-not-analysed', severity: 'medium', says, file: fact.object.name, line: null, evidence: [id] }
}

/** Registry and repository of an image, with what container engines put in front of a short name. */
function repository(image: string): string {
  const bare = image.replace(/@.*$/s, '').replace(/:[^/:]*$/, '')
  const [first = '', ...rest] = bare.split('/')
  if (rest.length === 0) return `docker.io/library/${bare}`
  return /[.:]|^localhost$/.test(first) ? bare : `docker.io/${bare}`
}
