import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Chart, Looked, Value, ValueMap } from '../../model.ts'
import { type ArchiveBudget, archiveBudget, readArchive } from './archive.ts'
import { chartCrds } from './chart-crds.ts'
import { ChartUnreadable, readChartJson, readChartYaml } from './chart-yaml.ts'

/** The bytes of every file of a chart, for helm; kept beside the chart, whose `files` hold text only. */
const bytesOf = new WeakMap<Chart, ReadonlyMap<string, Buffer>>()

/** `sha256:…` of some bytes. */
export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** Every file of the chart's archive by its path below the chart's root, exactly as it came. */
export function rawFiles(chart: Chart): ReadonlyMap<string, Buffer> {
  return bytesOf.get(chart) ?? new Map([...chart.files].map(([path, text]) => [path, Buffer.from(text)]))
}

/** Reads a packaged chart: the archive strictly, then its files. A chart that cannot be understood whole is refused with the file named. */
export async function readChart(tgz: Buffer): Promise<Looked<Chart>> {
  const budget = archiveBudget()
  const archive = await readArchive(tgz, budget)
  if (!archive.ok) return archive
  try {
    const chart = await chartOf(archive.value.root, archive.value.files, sha256(tgz), budget)
    bytesOf.set(chart, archive.value.files)
    return { ok: true, value: chart }
  } catch (error) {
    if (error instanceof ChartUnreadable) return { ok: false, reason: `chart refused: ${error.message}`, retry: false }
    throw error
  }
}

async function chartOf(
  root: string,
  raw: ReadonlyMap<string, Buffer>,
  digest: string,
  budget: ArchiveBudget,
): Promise<Chart> {
  const files = textFiles(raw)
  const about = readAbout(files)
  if (about.name !== root) {
    throw new ChartUnreadable(`the archive's folder is ${root} but Chart.yaml says the name is ${about.name}`)
  }
  return {
    ...about,
    digest,
    values: readValues(files.get('values.yaml') ?? ''),
    valuesText: files.get('values.yaml') ?? '',
    schema: readSchema(files.get('values.schema.json')),
    crds: await chartCrds(raw, budget),
    files,
  }
}

function textFiles(raw: ReadonlyMap<string, Buffer>): Map<string, string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const files = new Map<string, string>()
  for (const [path, bytes] of raw) {
    try {
      files.set(path, decoder.decode(bytes))
    } catch {
      // Not text: pictures, nested archives. rawFiles has them.
    }
  }
  return files
}

/** Helm takes an unquoted number or boolean for its text where text is meant. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const optional = text.nullish().transform(value => value ?? null)

const Dependency = z.object({ name: text, version: optional, repository: optional })

const ChartYaml = z.object({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  version: text,
  appVersion: optional,
  kubeVersion: optional,
  deprecated: z.boolean().nullish(),
  annotations: z.record(z.string(), text).nullish(),
  dependencies: z.array(Dependency).nullish(),
})

type About = Pick<
  Chart,
  'name' | 'version' | 'appVersion' | 'kubeVersion' | 'deprecated' | 'annotations' | 'dependencies'
>

function readAbout(files: ReadonlyMap<string, string>): About {
  const text = files.get('Chart.yaml')
  if (text === undefined) throw new ChartUnreadable('it has no Chart.yaml')
  const about = parse(ChartYaml, readChartYaml(text, 'Chart.yaml'), 'Chart.yaml')
  const dependencies = about.dependencies ?? oldDependencies(files)
  return {
    name: about.name,
    version: about.version,
    appVersion: about.appVersion,
    kubeVersion: about.kubeVersion,
    deprecated: about.deprecated ?? false,
    annotations: about.annotations ?? {},
    dependencies: dependencies.map(one => ({
      name: one.name,
      version: one.version ?? '',
      repository: one.repository ?? '',
    })),
  }
}

/** Charts of apiVersion v1 keep their dependencies in a file of their own. */
function oldDependencies(files: ReadonlyMap<string, string>): readonly z.infer<typeof Dependency>[] {
  const text = files.get('requirements.yaml')
  if (text === undefined) return []
  const schema = z.object({ dependencies: z.array(Dependency).nullish() })
  return parse(schema, readChartYaml(text, 'requirements.yaml'), 'requirements.yaml').dependencies ?? []
}

function parse<T>(schema: z.ZodType<T>, value: Value, file: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new ChartUnreadable(`${file} ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`)
}

function readValues(text: string): ValueMap {
  const values = readChartYaml(text, 'values.yaml')
  if (values === null) return {}
  if (typeof values !== 'object' || Array.isArray(values)) throw new ChartUnreadable('values.yaml is not a map')
  return values as ValueMap
}

function readSchema(text: string | undefined): Value {
  return text === undefined ? null : readChartJson(text, 'values.schema.json')
}
