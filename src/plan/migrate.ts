import type { Migration, RepoFile, Resource } from '../model.ts'
import { written } from './block.ts'
import type { Draft } from './drafts.ts'
import { prefixOf, rewriteDocument } from './rewrite-document.ts'
import { moveValue, type ValueMove } from './value-moves.ts'

/** Whole files after the migrations, by path, and what was done or is left to do. */
export type Migrated = { readonly files: ReadonlyMap<string, string>; readonly migrations: readonly Migration[] }

/** What stands in the way of changing a document in its own lines. */
const NOT_IN_PLACE =
  'its lines cannot be changed without touching more (flow style, anchors or aliases): change it by hand'

function label({ kind, name }: Resource): string {
  return `${kind}/${name}`
}

type Done = { readonly migration: Migration; readonly file: string | null }

/** One resource in the text of its file as that stands now; `original` is the file as it was read. */
function migrateOne(draft: Draft, now: string, original: string): Done {
  const { resource, changes, created, asks, notes, why, sources, servedBefore, body } = draft
  const prefix = prefixOf(original, resource.document, resource.body)
  const done = prefix && rewriteDocument(now, resource.document, { prefix, changes, created })
  const mechanical = draft.mechanical && done !== null
  const todo = [...asks, ...(draft.mechanical && done === null ? [NOT_IN_PLACE] : [])]
  const after = done?.after ?? [body, ...created].map(written).join('---\n')
  const { file, document, line } = resource
  return {
    file: mechanical ? done.file : null,
    migration: {
      file,
      document,
      line,
      what: label(resource),
      mechanical,
      why,
      source: sources.length === 0 ? null : sources.join(' '),
      todo,
      notes,
      servedBefore,
      before: done?.before ?? '',
      after,
    },
  }
}

/**
 * Makes the migrations in the files, and puts `examples` behind them, for which nothing is written: `edited` holds files that already have the new version in them. From the last document of a
 * file to the first, so that documents that are added do not move those that come before.
 */
export function migrate(
  files: readonly RepoFile[],
  edited: ReadonlyMap<string, string>,
  drafts: readonly Draft[],
  moves: readonly ValueMove[],
  examples: readonly Migration[],
): Migrated {
  const originals = new Map(files.map(({ path, text }) => [path, text]))
  const texts = new Map(edited)
  const done = new Map<Draft, Migration>()
  for (const draft of drafts.toSorted((a, b) => b.resource.document - a.resource.document)) {
    const { file } = draft.resource
    const original = originals.get(file)
    if (original === undefined) continue
    const one = migrateOne(draft, texts.get(file) ?? original, original)
    if (one.file !== null) texts.set(file, one.file)
    done.set(draft, one.migration)
  }
  const values = moves.flatMap(move => {
    const original = originals.get(move.file)
    const one = original === undefined ? null : moveValue(texts.get(move.file) ?? original, original, move)
    if (one?.file) texts.set(move.file, one.file)
    return one ? [one.migration] : []
  })
  return { files: texts, migrations: [...drafts.flatMap(draft => done.get(draft) ?? []), ...values, ...examples] }
}
