import type { Ignorable } from '../../config.ts'
import type { Memory } from '../../model.ts'
import { code } from '../../text/markdown.ts'
import { series } from '../../text/order.ts'

/** What is refused, by what `ignore` was said of. */
export function scope(what: Ignorable, component: string, version: string): string {
  switch (what) {
    case 'version':
      return code(`${component} ${version}`)
    case 'minor':
    case 'major':
      return code(`${component} ${series(version, what)}.x`)
    case 'component':
      return `any version of ${code(component)}`
  }
}

/** What will not be proposed again, and where. */
export function refusedScope(what: Ignorable, { environment, component, to }: Memory): string {
  const where = environment === null ? '' : ` in ${code(environment, 100)}`
  return `${scope(what, component, to)}${where}`
}
