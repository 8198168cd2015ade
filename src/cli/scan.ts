import { detect } from '../detect/index.ts'
import { scanJson } from '../report/scan-json.ts'
import { folder, printJson, readCheckout } from './checkout.ts'

/** `windlass scan [path]`: every pin of a checkout, without any network. */
export async function scan(path: string, options: { readonly json?: true }): Promise<void> {
  const { tree, policy } = await readCheckout(folder(path))
  const detected = detect(tree, policy)
  if (options.json) printJson(scanJson(detected))
  else console.log((await import('../report/terminal.ts')).scanText(detected))
}
