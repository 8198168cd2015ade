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
    ...changed.filter(isPinned).map(notAnalysed),
  ]
}

/** Whether a file of the repository names the image: a kustomization, or any other file, which has no apiVersion as an object. */
function isPinned({ fact: { object } }: Numbered<FactOf<'image-changed'>>): boolean {
  return object.kind === 'Kustomization' || object.apiVersion === ''
}

/** A tag in a file: only the tag changes in Git, and what the new image does cannot be seen from there. */
function notAnalysed({ id, fact }: Numbered<FactOf<'image-changed'>>): Finding {
  const [from, to] = [tagged(fact.from), tagged(fact.to)]
  const moves =
    from === to
      ? `takes another digest of ${to}: the tag stays`
      : `takes ${to} instead of ${from}: only the tag changes there`
  const says = `${fact.object.name} ${moves}, what the new image does was not analysed`
  return { rule: 'image-not-analysed', severity: 'medium', says, file: fact.object.name, line: null, evidence: [id] }
}

/** An image without the digest that is pinned beside its tag. */
function tagged(image: string): string {
  return image.replace(/@.*$/s, '')
}

/** Registry and repository of an image, with what container engines put in front of a short name. */
function repository(image: string): string {
  const bare = tagged(image).replace(/:[^/:]*$/, '')
  const [first = '', ...rest] = bare.split('/')
  if (rest.length === 0) return `docker.io/library/${bare}`
  return /[.:]|^localhost$/.test(first) ? bare : `docker.io/${bare}`
}
