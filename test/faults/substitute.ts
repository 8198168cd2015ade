import { registerHooks } from 'node:module'

/** Modules at the border of the product, and what stands in their place. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/^pg-boss$/, 'instead-boss.ts'],
  [/\/git\/mirror\.ts$/, 'instead-mirror.ts'],
  [/\/store-pglite\.ts$/, 'instead-pglite.ts'],
]

/** From here on, the product is loaded with what it meets outside replaced: the queue's engine, git, and the files of the database. */
export function substitute(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const isProduct = context.parentURL?.includes('/src/') && !context.parentURL.includes('/node_modules/')
      const found = isProduct ? INSTEAD.find(([pattern]) => pattern.test(specifier)) : undefined
      return found
        ? { url: new URL(found[1], import.meta.url).href, shortCircuit: true, format: 'module-typescript' }
        : next(specifier, context)
    },
  })
}
