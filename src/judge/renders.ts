import type { Finding } from '../model.ts'
import { type FactOf, finding, type Numbered } from './finding.ts'

/** A render that failed. Without the old one only the new one is known, without the new one nothing may go on. */
export function renderFailed({ id, fact }: Numbered<FactOf<'render-failed'>>): Finding[] {
  const { side, install, reason } = fact
  return side === 'after'
    ? [
        finding(
          'render-failed',
          'critical',
          `${install} does not render, and a chart that does not render cannot be upgraded to: ${reason}`,
          [id],
        ),
      ]
    : [
        finding(
          'render-failed',
          'medium',
          `${install} does not render as it stands, so what changes in the cluster is not known: ${reason}`,
          [id],
        ),
      ]
}

/** Something that was not looked at. Never safe by silence. */
export function notRendered({ id, fact }: Numbered<FactOf<'not-rendered'>>): Finding[] {
  return [finding('not-rendered', 'high', `what changes in the cluster is not known in full: ${fact.reason}`, [id])]
}
