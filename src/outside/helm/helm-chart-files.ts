import type { Chart, Looked } from '../../model.ts'
import { type ArchiveBudget, archiveBudget, readArchive } from '../registries/archive.ts'
import { rawFiles } from '../registries/chart.ts'
import { bundleSchemas, type FetchSchema } from './remote-schemas.ts'

type Files = ReadonlyMap<string, Buffer>

/** The subcharts that helm would unpack (helm pkg/chart/loader: names with `_` or `.` in front are passed over). */
const PACKED_SUBCHART = /^((?:charts\/[^/]+\/)*charts\/)[^/._][^/]*\.tgz$/

/** Replaces packed subcharts by their files, at any depth, so that our strict reader sees every archive and helm none. */
async function unpack(files: Files, budget: ArchiveBudget): Promise<Looked<Files>> {
  const unpacked = new Map(files)
  const queue = [...files.keys()]
  for (const path of queue) {
    const folder = PACKED_SUBCHART.exec(path)?.[1]
    if (folder === undefined) continue
    const archive = await readArchive(unpacked.get(path) ?? Buffer.alloc(0), budget)
    if (!archive.ok) return { ...archive, reason: `${path}: ${archive.reason}` }
    const root = `${folder}${archive.value.root}/`
    if ([...unpacked.keys()].some(other => other.startsWith(root))) {
      return { ok: false, reason: `${path} holds a subchart that also stands in ${root}`, retry: false }
    }
    unpacked.delete(path)
    for (const [inner, bytes] of archive.value.files) {
      unpacked.set(root + inner, bytes)
      queue.push(root + inner)
    }
  }
  return { ok: true, value: unpacked }
}

/**
 * The files of a chart as helm gets them: subcharts unpacked, remote schemas inside, and without `.helmignore`, which helm
 * obeys in a folder but not in an archive, where it has already done its work.
 */
export async function helmChartFiles(chart: Chart, fetch: FetchSchema): Promise<Looked<Files>> {
  const unpacked = await unpack(rawFiles(chart), archiveBudget())
  if (!unpacked.ok) return unpacked
  const files = new Map([...unpacked.value].filter(([path]) => path !== '.helmignore'))
  return bundleSchemas(files, fetch)
}
