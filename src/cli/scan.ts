import { Command } from 'commander'
import { detect } from '../detect/index.ts'
import { scanJson } from '../report/json.ts'
import { scanText } from '../report/terminal.ts'
import { folder, printJson, readCheckout } from './checkout.ts'

/** `windlass scan [path]`: every pin of a checkout, without any network. */
export function scanCommand(): Command {
  return new Command('scan')
    .description('lists every place where a version stands, and what was left out and why; uses no network')
    .argument('[path]', 'the checkout', '.')
    .option('--json', 'one JSON document on stdout (schemas/scan.schema.json)')
    .action(async (path: string, options: { json?: true }) => {
      const { tree, policy } = await readCheckout(folder(path))
      const detected = detect(tree, policy)
      if (options.json) printJson(scanJson(detected))
      else console.log(scanText(detected))
    })
}
