import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ChartRepository, startChartRepository } from './chart-repository.ts'
import { packChart } from './make-chart.ts'
import { type OciTestRegistry, startOciRegistry } from './oci-registry.ts'

const CHARTS = fileURLToPath(new URL('../../manifests-fixtures/charts/', import.meta.url))

/** Addresses as they stand in the fixture repositories; nothing answers there, so a mirror file leads to loopback. */
const HTTP_HOST = 'https://charts.windlass-demo.example'
const OCI_HOST = 'oci://registry.windlass-demo.example'

/** The charts of manifests-fixtures/, served by a chart index and an OCI registry on loopback. */
export type Upstream = {
  readonly http: ChartRepository
  readonly oci: OciTestRegistry
  /** Publishes one chart of manifests-fixtures/charts (`beacon-3.2.1`) in both. */
  publish(folder: string): Promise<void>
  /** Publishes the same chart under another version. */
  publishAs(folder: string, version: string): Promise<void>
  /** Writes the file for WINDLASS_REGISTRY_MIRRORS that leads the fixtures' addresses here. */
  writeMirrors(file: string): Promise<void>
  stop(): Promise<void>
}

/** The fixture charts, `name-version`. */
export function chartFolders(): readonly string[] {
  return readdirSync(CHARTS).sort()
}

/** Starts both servers with the charts named. */
export async function startUpstream(folders: readonly string[]): Promise<Upstream> {
  const http = await startChartRepository()
  const oci = await startOciRegistry()
  async function publishAs(folder: string, version: string): Promise<void> {
    const name = folder.replace(/-\d.*$/, '')
    const archive = await packChart(join(CHARTS, folder), name, version)
    await http.add(archive)
    oci.add(`charts/${name}`, version, archive, '2024-01-01T00:00:00Z')
  }
  const publish = (folder: string) => publishAs(folder, folder.replace(/^.+?-(?=\d)/, ''))
  for (const folder of folders) await publish(folder)
  return {
    http,
    oci,
    publish,
    publishAs,
    writeMirrors: file => writeFile(file, `${HTTP_HOST}: ${http.url}\n${OCI_HOST}: ${oci.url}\n`),
    async stop() {
      await http.stop()
      await oci.stop()
    },
  }
}
